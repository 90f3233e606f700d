/* Lines about groups for people, as several faces have them. */
#ifndef CLI_DETAILS_H
#define CLI_DETAILS_H

struct table_image;
struct table_group;
struct buf;
struct verdict;

/* "NAME: MESSAGE", without an end of line. */
void details_add_line(const struct table_image *image, const struct table_group *group,
                      struct buf *out);
/* "critical: NAME: MESSAGE", and where there are several violations one line for each. */
void details_add_failing(const struct verdict *verdict, struct buf *out);
/* "ok: NAME: MESSAGE" for each group that is fine. */
void details_add_fine(const struct verdict *verdict, struct buf *out);

#endif
