// Convolutions for processors other than x86-64.
#if !defined(__x86_64__)
#define CK_LEVEL 1
#include "ckernels.h"
#include "ck_level_begin.h"
#include "ck_vmath.h"
#include "templates/convolve.inc"
#include "ck_level_end.h"
#endif
