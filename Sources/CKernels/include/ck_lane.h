// Elementary functions of one number, for code that has it in a register: the bits are those of the kernels.
#pragma once
#include "ck_elementwise.h"

/// A `double (*)(double)` or `float (*)(float)`; NULL where there is none: what has a form of its own in any code, and
/// processors without x86-64-v3.
typedef void (*ck_lane_function)(void);
ck_lane_function ck_lane_unary_f64(enum ck_unary_op op);
ck_lane_function ck_lane_unary_f32(enum ck_unary_op op);
/// The same of two numbers.
ck_lane_function ck_lane_binary_f64(enum ck_binary_op op);
ck_lane_function ck_lane_binary_f32(enum ck_binary_op op);
