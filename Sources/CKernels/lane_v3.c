// Functions of one number for x86-64-v3.
#if defined(__x86_64__)
#define CK_LEVEL 3
#define CK_NARROW 1
#include "ckernels.h"
#include "ck_level_begin.h"
#include "ck_vmath.h"

#define UNARY(OP, f)                                                                                               \
  static double f##_f64(double x) { return v8d_##f(v8d_splat(x))[0]; }                                             \
  static float f##_f32(float x) { return v16f_##f(v16f_splat(x))[0]; }
#define BINARY(OP, f)                                                                                              \
  static double f##_f64(double x, double y) { return v8d_##f(v8d_splat(x), v8d_splat(y))[0]; }                     \
  static float f##_f32(float x, float y) { return v16f_##f(v16f_splat(x), v16f_splat(y))[0]; }
#define ALL_UNARY                                                                                                  \
  UNARY(CK_RSQRT, rsqrt) UNARY(CK_CBRT, cbrt) UNARY(CK_EXP, exp) UNARY(CK_EXPM1, expm1) UNARY(CK_LOG, log)         \
  UNARY(CK_LOG1P, log1p) UNARY(CK_SIGMOID, sigmoid) UNARY(CK_SOFTPLUS, softplus) UNARY(CK_SIN, sin)                \
  UNARY(CK_COS, cos) UNARY(CK_TAN, tan) UNARY(CK_ASIN, asin) UNARY(CK_ACOS, acos) UNARY(CK_ATAN, atan)             \
  UNARY(CK_SINH, sinh) UNARY(CK_COSH, cosh) UNARY(CK_TANH, tanh) UNARY(CK_ERF, erf) UNARY(CK_ERFC, erfc)
#define ALL_BINARY BINARY(CK_POW, pow) BINARY(CK_ATAN2, atan2)

ALL_UNARY
ALL_BINARY

#undef UNARY
#undef BINARY
#define UNARY(OP, f) case OP: return (ck_lane_function)CHOSEN(f);
#define BINARY UNARY

#define CHOSEN(f) f##_f64
ck_lane_function CK_NAME(lane_unary_f64)(enum ck_unary_op op) { switch (op) { ALL_UNARY default: return NULL; } }
ck_lane_function CK_NAME(lane_binary_f64)(enum ck_binary_op op) { switch (op) { ALL_BINARY default: return NULL; } }
#undef CHOSEN
#define CHOSEN(f) f##_f32
ck_lane_function CK_NAME(lane_unary_f32)(enum ck_unary_op op) { switch (op) { ALL_UNARY default: return NULL; } }
ck_lane_function CK_NAME(lane_binary_f32)(enum ck_binary_op op) { switch (op) { ALL_BINARY default: return NULL; } }
#include "ck_level_end.h"
#endif
