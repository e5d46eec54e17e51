// Names of the operations of tile and scalar programs, for people who read a plan.
#include "ck_tile.h"

static const char *const tile_names[] = {
  "copy", "fill", "neg", "abs", "square", "sqrt", "reciprocal", "relu", "unary", "binary", "add_vv", "add_vs",
  "add_sv", "sub_vv", "sub_vs", "sub_sv", "mul_vv", "mul_vs", "mul_sv", "div_vv", "div_vs", "div_sv", "max_vv",
  "max_vs", "max_sv", "min_vv", "min_vs", "min_sv", "lt_vv", "lt_vs", "lt_sv", "le_vv", "le_vs", "le_sv",
  "eq_vv", "eq_vs", "eq_sv", "ne_vv", "ne_vs", "ne_sv", "scale_vv", "scale_vs", "scale_sv", "select_vvv",
  "select_vvs", "select_vsv", "select_vss", "muladd_vvv", "muladd_vvs", "muladd_vsv", "muladd_vss", "mulsub_vvv",
  "mulsub_vvs", "mulsub_vsv", "mulsub_vss", "submul_vvv", "submul_vvs", "submul_vsv", "submul_vss", "mulmul",
  "draw", "sum", "dot", "mul_vs_norm", "scaled_norm", "add_scaled", "sub_scaled",
};
static const char *const scalar_names[] = {
  "add_f64", "sub_f64", "mul_f64", "div_f64", "neg_f64", "square_f64", "sqrt_f64", "lt_f64", "le_f64", "eq_f64",
  "ne_f64", "select_f64", "scale_f64", "muladd_f64", "mulsub_f64", "submul_f64", "unary_f64", "ratio_f64",
  "binary_f64", "draw_f64", "load_f64", "store_f64", "add_f32", "sub_f32", "mul_f32", "div_f32", "neg_f32",
  "square_f32", "sqrt_f32", "lt_f32", "le_f32", "eq_f32", "ne_f32", "select_f32", "scale_f32", "muladd_f32",
  "mulsub_f32", "submul_f32", "unary_f32", "ratio_f32", "binary_f32", "draw_f32", "load_f32", "store_f32",
  "add_i64", "unary_i64", "binary_i64", "compare_i64", "select_i64", "f64_from_f32", "f64_from_i64",
  "f32_from_f64", "f32_from_i64", "i64_from_f64", "i64_from_f32", "element_f64", "element_f32", "copy", "end",
};
_Static_assert(sizeof tile_names / sizeof *tile_names == CK_TILE_SUB_SCALED + 1, "a name for each tile operation");
_Static_assert(sizeof scalar_names / sizeof *scalar_names == CK_SCALAR_END + 1, "a name for each scalar operation");

const char *ck_tile_name(int code) { return code >= 0 && code <= CK_TILE_SUB_SCALED ? tile_names[code] : "?"; }
const char *ck_scalar_name(int code) { return code >= 0 && code <= CK_SCALAR_END ? scalar_names[code] : "?"; }
