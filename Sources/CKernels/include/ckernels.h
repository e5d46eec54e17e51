// Numeric kernels in C. All arrays are dense and row-major; counts and strides are in elements.
//
// One source, three instruction sets: every kernel is compiled for x86-64-v2, -v3 and -v4 (once, plainly,
// on other processors) and the best set is chosen when the program starts. Results are the same bits on
// every level: vectors are always 64 bytes (8 f64 or 16 f32), reductions follow a tree fixed by the
// length, and fused multiply-add is used on purpose or not at all.
#pragma once
#include "ck_level.h"
#include "ck_elementwise.h"
#include "ck_reduce.h"
#include "ck_product.h"
#include "ck_random.h"
#include "ck_index.h"
#include "ck_convolve.h"
#include "ck_lane.h"
#include "ck_blas.h"
#include "ck_factor.h"
#include "ck_memory.h"
#include "ck_workers.h"
#include "ck_stream.h"
#include "ck_tile.h"
#include "ck_ticks.h"
#include "ck_watch.h"
#include "ck_loop.h"
