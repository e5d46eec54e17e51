// Starts the part of a source file that is compiled for one instruction set. A family of kernels `f` is a
// template `f.inc` whose exported functions are named CK_NAME(function), and is included by small sources:
//
//     #define CK_LEVEL 3            // 2, 3, 4; 1 on other processors
//     #include "ck_level_begin.h"
//     #include "f.inc"
//     #include "ck_level_end.h"
//
// With CK_LEVEL_PRESENT 0 the level does not exist on the target processor and the source must stay empty.
// Functions of different levels never call each other: vectors of 64 bytes are passed differently.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include "ck_dispatch.h"
#include "ck_level.h"
#include "ck_watch.h"

#if defined(__x86_64__)
#if CK_LEVEL == 2
#define CK_NAME(f) f##_v2
#pragma clang attribute push(__attribute__((target("arch=x86-64-v2"))), apply_to = function)
#elif CK_LEVEL == 3
#define CK_NAME(f) f##_v3
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#elif CK_LEVEL == 4
#define CK_NAME(f) f##_v4
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"), min_vector_width(512))), apply_to = function)
#endif
#else
#define CK_NAME(f) f##_v1
#endif
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"
#pragma clang diagnostic ignored "-Wunused-function"
