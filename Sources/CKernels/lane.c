// Functions of one number where the level in use is built of them.
#include "ck_lane.h"
#include "ck_dispatch.h"

#if defined(__x86_64__)
#define LANE(NAME, ENUM)                                                                                           \
  ck_lane_function NAME##_v3(enum ENUM op);                                                                        \
  ck_lane_function ck_##NAME(enum ENUM op) { return ck_active_level >= 3 ? NAME##_v3(op) : NULL; }
#else
#define LANE(NAME, ENUM)                                                                                           \
  ck_lane_function ck_##NAME(enum ENUM op) { (void)op; return NULL; }
#endif
LANE(lane_unary_f64, ck_unary_op)
LANE(lane_unary_f32, ck_unary_op)
LANE(lane_binary_f64, ck_binary_op)
LANE(lane_binary_f32, ck_binary_op)
