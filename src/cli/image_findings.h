/* A table image as a report: the groups of this host. Pure, so that it can be tested
 * without processes. */
#ifndef CLI_IMAGE_FINDINGS_H
#define CLI_IMAGE_FINDINGS_H

#include "report/report.h"

struct table_condition;
struct table_group;
struct table_image;

/* The first condition of the group that limits its count; NULL = none. */
const struct table_condition *image_count_condition(const struct table_image *image,
                                                    const struct table_group *group);
/* What the row says; its texts are those of the image. */
struct finding image_finding(const struct table_image *image,
                             const struct table_group *group);

/* `image` must stay as long as the report. Returns 0 or -ENOMEM; report_free() in any
 * case. */
int image_findings(const struct table_image *image, struct report *ret_report);

#endif
