// Public functions that hand over to the variant of the level in use.
#pragma once
#include "ck_level.h"

/// Level in use, read by every dispatcher; set before `main` and by `ck_select`.
extern int ck_active_level;

#if defined(__x86_64__)
/// Defines `result ck_name params` as a call of name_v2, name_v3 or name_v4 with `args`.
#define CK_DISPATCH(result, name, params, args)                                                                    \
  result name##_v2 params;                                                                                         \
  result name##_v3 params;                                                                                         \
  result name##_v4 params;                                                                                         \
  result ck_##name params {                                                                                        \
    if (ck_active_level == 3) return name##_v3 args;                                                               \
    if (ck_active_level == 4) return name##_v4 args;                                                               \
    return name##_v2 args;                                                                                         \
  }
#else
#define CK_DISPATCH(result, name, params, args)                                                                    \
  result name##_v1 params;                                                                                         \
  result ck_##name params { return name##_v1 args; }
#endif
