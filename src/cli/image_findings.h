/* A table image as a report: the groups of this host. Pure, so that it can be tested
 * without processes. */
#ifndef CLI_IMAGE_FINDINGS_H
#define CLI_IMAGE_FINDINGS_H

struct report;
struct table_image;

/* `image` must stay as long as the report. Returns 0 or -ENOMEM; report_free() in any
 * case. */
int image_findings(const struct table_image *image, struct report *ret_report);

#endif
