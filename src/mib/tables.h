/* The tables of columns, a file each; columns.c puts them together. */
#ifndef MIB_TABLES_H
#define MIB_TABLES_H

#include "mib/columns.h"

extern const struct mib_column mib_scalars_columns[];
extern const size_t mib_scalars_n;
extern const struct mib_column mib_groups_columns[];
extern const size_t mib_groups_n;
extern const struct mib_column mib_conditions_columns[];
extern const size_t mib_conditions_n;
extern const struct mib_column mib_members_columns[];
extern const size_t mib_members_n;
extern const struct mib_column mib_violations_columns[];
extern const size_t mib_violations_n;
extern const struct mib_column mib_notify_columns[];
extern const size_t mib_notify_n;

#endif
