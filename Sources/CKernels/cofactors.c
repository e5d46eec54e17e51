// The slope of a determinant and the slope of that, by elimination with full pivoting.
//
// With P a Q = L D U, where L and U are triangles with 1 on the diagonal and nothing above 1 in magnitude, cofactors
// are a product of cofactors: cof(a) = ± Pᵀ L⁻ᵀ cof(D) U⁻ᵀ Qᵀ. What is divided by is never small, and cof(D) holds
// products of pivots only, so nothing happens where a pivot is 0.
#include "ck_factor.h"

#include <math.h>
#include <string.h>
#include "ck_index.h"
#include "ck_watch.h"
#include "factor_common.h"

/// A product that is kept in the range of f64: mantissa · 2^exponent.
typedef struct {
  double mantissa;
  int64_t exponent;
} wide;

static wide times(wide a, wide b) {
  int exponent;
  double mantissa = frexp(a.mantissa * b.mantissa, &exponent);
  return (wide){mantissa, mantissa == 0 ? 0 : a.exponent + b.exponent + exponent};
}

static double narrow(wide a) {
  int64_t e = a.exponent;
  return ldexp(a.mantissa, e > 3000 ? 3000 : e < -3000 ? -3000 : (int)e);
}

/// The factors L, D and U in one square, the exchanges of rows and columns, and the sign of both.
typedef struct {
  ck_size n;
  double *factors;
  int64_t *rows, *columns;
  int sign;
} eliminated;

static void exchange_rows(ck_size n, double *a, ck_size i, ck_size j) {
  for (ck_size p = 0; p < n && i != j; p++) {
    double t = a[i * n + p];
    a[i * n + p] = a[j * n + p];
    a[j * n + p] = t;
  }
}

static void exchange_columns(ck_size n, double *a, ck_size i, ck_size j) {
  for (ck_size p = 0; p < n && i != j; p++) {
    double t = a[p * n + i];
    a[p * n + i] = a[p * n + j];
    a[p * n + j] = t;
  }
}

static void eliminate(eliminated *f) {
  ck_size n = f->n;
  double *a = f->factors;
  f->sign = 1;
  for (ck_size k = 0; k < n && !ck_stopped(); k++) {
    ck_size row = k, column = k;
    for (ck_size i = k; i < n; i++)
      for (ck_size j = k; j < n; j++)
        if (fabs(a[i * n + j]) > fabs(a[row * n + column])) {
          row = i;
          column = j;
        }
    f->rows[k] = row;
    f->columns[k] = column;
    exchange_rows(n, a, k, row);
    exchange_columns(n, a, k, column);
    if ((row != k) != (column != k)) f->sign = -f->sign;
    double d = a[k * n + k];
    if (d == 0) continue;  // all that is left is 0
    for (ck_size i = k + 1; i < n; i++) {
      double l = a[i * n + k] /= d;
      for (ck_size j = k + 1; j < n; j++) a[i * n + j] -= l * a[k * n + j];
    }
    for (ck_size j = k + 1; j < n; j++) a[k * n + j] /= d;
  }
}

/// out[i] ← the product of all pivots but the ith and the one at `skipped` (n: none). `after`: n + 1 products of room.
static void products_without(const eliminated *f, ck_size skipped, double *out, wide *after) {
  ck_size n = f->n;
  after[n] = (wide){1, 0};
  for (ck_size i = n; i-- > 0;) {
    wide pivot = {i == skipped ? 1 : f->factors[i * n + i], 0};
    after[i] = times(pivot, after[i + 1]);
  }
  wide before = {f->sign, 0};
  for (ck_size i = 0; i < n; i++) {
    wide pivot = {i == skipped ? 1 : f->factors[i * n + i], 0};
    out[i] = narrow(times(before, after[i + 1]));
    before = times(before, pivot);
  }
}

static void transpose_in_place(ck_size n, double *a) {
  for (ck_size i = 0; i < n; i++)
    for (ck_size j = 0; j < i; j++) {
      double t = a[i * n + j];
      a[i * n + j] = a[j * n + i];
      a[j * n + i] = t;
    }
}

/// c ← Pᵀ L⁻ᵀ cᵀ U⁻ᵀ Qᵀ
static void restore(const eliminated *f, double *c) {
  ck_size n = f->n;
  ck_factor_substitute(0, 0, 1, n, n, f->factors, c);
  transpose_in_place(n, c);
  ck_factor_substitute(1, 1, 1, n, n, f->factors, c);
  for (ck_size k = n; k-- > 0;) {
    exchange_rows(n, c, k, f->rows[k]);
    exchange_columns(n, c, k, f->columns[k]);
  }
}

static eliminated start(ck_size n, const double *a, double *room) {
  eliminated f = {n, room, (int64_t *)(room + n * n), (int64_t *)(room + n * n + n), 1};
  memcpy(room, a, (size_t)(n * n) * sizeof *a);
  eliminate(&f);
  return f;
}

/// Cofactors as minors of at most two rows; exact where products of two elements are.
static void cofactors_of_few(ck_size n, const double *a, double *c) {
  for (ck_size i = 0; i < n; i++)
    for (ck_size j = 0; j < n; j++) {
      ck_size p = (i + 1) % n, q = (i + 2) % n, r = (j + 1) % n, s = (j + 2) % n;
      if (n == 1) c[0] = 1;
      if (n == 2) c[i * n + j] = i == j ? a[p * n + r] : 0 - a[p * n + r];
      if (n == 3) c[i * n + j] = a[p * n + r] * a[q * n + s] - a[p * n + s] * a[q * n + r];
    }
}

void ck_cofactors(ck_size n, const double *a, double *c, double *room) {
  if (!ck_all_finite_f64(a, n * n)) return ck_factor_fail(c, n * n);
  if (n <= 3) return cofactors_of_few(n, a, c);
  eliminated f = start(n, a, room);
  double *rest = room + n * n + 2 * n;
  products_without(&f, n, rest, (wide *)(rest + n));
  for (ck_size i = 0; i < n; i++)
    for (ck_size j = 0; j < n; j++) c[i * n + j] = i == j ? rest[i] : 0;
  restore(&f, c);
}

/// In the basis of the pivots, with F = L⁻¹ P e Q U⁻¹ and G_ij = ∏ of all pivots but i and j, G_ii = 0: the slope is
/// diag(G diag F) − G ∘ Fᵀ.
void ck_cofactor_slope(ck_size n, const double *a, const double *e, double *c, double *room) {
  if (!ck_all_finite_f64(a, n * n)) return ck_factor_fail(c, n * n);
  eliminated f = start(n, a, room);
  double *moved = room + n * n + 2 * n, *g = moved + n * n;
  memcpy(moved, e, (size_t)(n * n) * sizeof *e);
  for (ck_size k = 0; k < n; k++) {
    exchange_rows(n, moved, k, f.rows[k]);
    exchange_columns(n, moved, k, f.columns[k]);
  }
  ck_factor_substitute(1, 0, 1, n, n, f.factors, moved);
  transpose_in_place(n, moved);
  ck_factor_substitute(0, 1, 1, n, n, f.factors, moved);
  for (ck_size i = 0; i < n; i++) {  // `moved` is Fᵀ, and c becomes the transpose of the slope
    products_without(&f, i, g, (wide *)(g + n));
    double sum = 0;
    for (ck_size j = 0; j < n; j++) {
      if (j != i) sum += g[j] * moved[j * n + j];
      c[j * n + i] = 0 - g[j] * moved[i * n + j];
    }
    c[i * n + i] = sum;
  }
  restore(&f, c);
}
