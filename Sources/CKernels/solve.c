// Systems of linear equations, and how far their matrices are from singular ones.
#include "ck_factor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ck_blas.h"
#include "ck_index.h"
#include "ck_reduce.h"
#include "ck_watch.h"
#include "factor_common.h"

/// A factored matrix: P a = L U in one square with steps `down` and `across`; pivot[k]: the row exchanged with row k.
typedef struct {
  ck_size n, down, across;
  const double *lu;
  const int64_t *pivot;
} factored;

static void exchange(double *a, double *b, ck_size n) {
  for (ck_size i = 0; i < n; i++) {
    double t = a[i];
    a[i] = b[i];
    b[i] = t;
  }
}

int ck_lu(ck_size n, double *a, int64_t *pivot, int *sign) {
  int status = 0;
  *sign = 1;
  for (ck_size k = 0; k < n; k++) {
    if (ck_stopped()) return CK_ABANDONED;
    ck_size best = k;
    for (ck_size i = k + 1; i < n; i++)
      if (fabs(a[i * n + k]) > fabs(a[best * n + k])) best = i;
    pivot[k] = best;
    if (best != k) {
      exchange(a + k * n, a + best * n, n);
      *sign = -*sign;
    }
    double d = a[k * n + k];
    if (d == 0 || d != d) {
      if (!status) status = (int)k + 1;
      continue;
    }
    for (ck_size i = k + 1; i < n; i++) {
      double f = a[i * n + k] /= d;
      for (ck_size j = k + 1; j < n; j++) a[i * n + j] -= f * a[k * n + j];
    }
  }
  return status;
}

double ck_determinant(ck_size n, const double *a, double *room) {
  int sign, exponent = 0;
  memcpy(room, a, (size_t)(n * n) * sizeof *a);
  ck_lu(n, room, (int64_t *)(room + n * n), &sign);
  double product = sign;
  for (ck_size i = 0; i < n; i++) {
    int part;
    product = frexp(product * room[i * n + i], &part);
    exponent += part;
  }
  return ldexp(product, exponent);
}

void ck_triangular_solve(int lower, int transposed, ck_size n, ck_size columns, const double *t, const double *b,
                         double *x) {
  if (x != b) memcpy(x, b, (size_t)(n * columns) * sizeof *x);
  ck_factor_substitute(lower, transposed, 0, n, columns, t, x);
}

void ck_factor_substitute(int lower, int transposed, int unit, ck_size n, ck_size columns, const double *t,
                          double *x) {
  int forward = !lower == !!transposed;  // lower, or upper transposed
  ck_size down = transposed ? n : 1, across = transposed ? 1 : n;
  for (ck_size step = 0; step < n && !ck_stopped(); step++) {
    ck_size i = forward ? step : n - 1 - step, first = forward ? 0 : i + 1, end = forward ? i : n;
    for (ck_size p = first; p < end; p++) {
      double f = t[i * across + p * down];
      for (ck_size c = 0; c < columns; c++) x[i * columns + c] -= f * x[p * columns + c];
    }
    if (unit) continue;
    for (ck_size c = 0; c < columns; c++) x[i * columns + c] /= t[i * n + i];
  }
}

double ck_triangle_distance(int lower, ck_size n, const double *t) {
  double least = 1;
  if (!ck_all_finite_f64(t, n * n)) return least;
  for (ck_size j = 0; j < n; j++) {
    double largest = 0, diagonal = fabs(t[j * n + j]);
    for (ck_size i = 0; i <= j; i++) largest = fmax(largest, fabs(lower ? t[j * n + i] : t[i * n + j]));
    if (diagonal < least * largest) least = diagonal / largest;
    if (largest == 0) least = 0;
  }
  return least;
}

// MARK: the condition

/// x ← t⁻¹ x for one triangle of a square, along its rows or its columns, whichever lie together; `unit`: its diagonal
/// is 1.
static void substitute(ck_size n, const double *t, ck_size down, ck_size across, int lower, int unit, double *x) {
  ck_size apart = across == 1 ? down : across;
  for (ck_size step = 0; step < n; step++) {
    ck_size i = lower ? step : n - 1 - step, before = lower ? 0 : i + 1, end = lower ? i : n;
    const double *line = t + i * apart;
    if (across == 1) x[i] -= ck_dot_f64(line + before, x + before, end - before);
    double value = unit ? x[i] : x[i] / line[i];
    x[i] = value;
    if (across == 1) continue;
    ck_size after = lower ? i + 1 : 0, last = lower ? n : i;
    for (ck_size p = after; p < last; p++) x[p] -= line[p] * value;
  }
}

static void exchange_one(double *x, ck_size i, ck_size j) {
  double t = x[i];
  x[i] = x[j];
  x[j] = t;
}

/// x ← a⁻¹ x or a⁻ᵀ x.
static void apply_inverse(const factored *f, int transposed, double *x) {
  if (transposed) {
    substitute(f->n, f->lu, f->across, f->down, 1, 0, x);
    substitute(f->n, f->lu, f->across, f->down, 0, 1, x);
    for (ck_size k = f->n; k-- > 0;) exchange_one(x, k, f->pivot[k]);
  } else {
    for (ck_size k = 0; k < f->n; k++) exchange_one(x, k, f->pivot[k]);
    substitute(f->n, f->lu, f->down, f->across, 1, 1, x);
    substitute(f->n, f->lu, f->down, f->across, 0, 0, x);
  }
}

/// x ← (R a C)⁻¹ x or its transpose, with the diagonals of R and C.
static void apply_scaled(const factored *f, int transposed, const double *rows, const double *columns, double *x) {
  const double *before = transposed ? columns : rows, *after = transposed ? rows : columns;
  for (ck_size i = 0; i < f->n; i++) x[i] /= before[i];
  apply_inverse(f, transposed, x);
  for (ck_size i = 0; i < f->n; i++) x[i] /= after[i];
}

static double sum_of_sizes(const double *x, ck_size n) {
  double s = 0;
  for (ck_size i = 0; i < n; i++) s += fabs(x[i]);
  return s;
}

/// s ← signs of x, 1 for 0; returns whether they all were in s before.
static int take_signs(ck_size n, const double *x, double *s) {
  int same = 1;
  for (ck_size i = 0; i < n; i++) {
    double sign = x[i] < 0 ? -1 : 1;
    same &= s[i] == sign;
    s[i] = sign;
  }
  return same;
}

static ck_size position_of_largest(const double *x, ck_size n) {
  ck_size best = 0;
  for (ck_size i = 1; i < n; i++)
    if (fabs(x[i]) > fabs(x[best])) best = i;
  return best;
}

/// An estimate from below of ‖(R a C)⁻¹‖₁, nearly always within a factor of 3: Hager's ascent with Higham's start for
/// what it misses (Accuracy and Stability of Numerical Algorithms, algorithm 15.4). `x` and `s`: n numbers of room.
static double inverse_norm(const factored *f, const double *rows, const double *columns, double *x, double *s) {
  ck_size n = f->n;
  for (ck_size i = 0; i < n; i++) {
    x[i] = 1 / (double)n;
    s[i] = 0;
  }
  apply_scaled(f, 0, rows, columns, x);
  double best = sum_of_sizes(x, n);
  for (int round = 0; round < 5 && n > 1; round++) {
    if (take_signs(n, x, s)) break;
    memcpy(x, s, (size_t)n * sizeof *x);
    apply_scaled(f, 1, rows, columns, x);
    ck_size j = position_of_largest(x, n);
    memset(x, 0, (size_t)n * sizeof *x);
    x[j] = 1;
    apply_scaled(f, 0, rows, columns, x);
    double norm = sum_of_sizes(x, n);
    if (!(norm > best)) break;
    best = norm;
  }
  if (n == 1) return best;
  for (ck_size i = 0; i < n; i++) x[i] = (i % 2 ? -1 : 1) * (1 + (double)i / (double)(n - 1));
  apply_scaled(f, 0, rows, columns, x);
  return fmax(best, 2 * sum_of_sizes(x, n) / (3 * (double)n));
}

/// A power of 2 that brings a size near 1; 1 for 0.
static double unit_of(double size) {
  if (!(size > 0)) return 1;
  int exponent = ilogb(size);
  return ldexp(1, exponent > 1000 ? -1000 : exponent < -1000 ? 1000 : -exponent);
}

/// Powers of 2 that bring the largest element of each row, then of each column, near 1.
static void choose_units(ck_size n, const double *a, double *rows, double *columns) {
  memset(columns, 0, (size_t)n * sizeof *columns);
  for (ck_size i = 0; i < n; i++) {
    double unit = rows[i] = unit_of(ck_reduce_f64(CK_MAX_ABS, a + i * n, n));
    for (ck_size j = 0; j < n; j++) {
      double size = fabs(a[i * n + j]) * unit;
      columns[j] = size > columns[j] ? size : columns[j];
    }
  }
  for (ck_size j = 0; j < n; j++) columns[j] = unit_of(columns[j]);
}

/// 1 / (‖R a C‖₁ ‖(R a C)⁻¹‖₁): how far a is from singular, whatever the units of its rows and columns.
/// `room`: 4 n numbers.
static double reciprocal_condition(const factored *f, const double *a, double *room) {
  ck_size n = f->n;
  double *x = room, *sums = room + n, *rows = sums + n, *columns = rows + n, norm = 0;
  choose_units(n, a, rows, columns);
  memset(sums, 0, (size_t)n * sizeof *sums);
  for (ck_size i = 0; i < n; i++)
    for (ck_size j = 0; j < n; j++) sums[j] += fabs(a[i * n + j]) * rows[i] * columns[j];
  for (ck_size j = 0; j < n; j++) norm = fmax(norm, sums[j]);
  if (n == 0) return 1;
  double condition = norm * inverse_norm(f, rows, columns, x, sums);
  return condition < (double)INFINITY ? 1 / condition : 0;
}

// MARK: solving

/// Factors `lu`, a copy of a, and solves in x.
static int solve_here(factored *f, ck_size columns, double *lu, int64_t *pivot, double *x) {
  ck_size n = f->n;
  int sign, status = ck_lu(n, lu, pivot, &sign);
  *f = (factored){n, n, 1, lu, pivot};
  if (status) return status;
  for (ck_size k = 0; k < n; k++)
    if (pivot[k] != k) exchange(x + k * columns, x + pivot[k] * columns, columns);
  ck_factor_substitute(1, 0, 1, n, columns, lu, x);
  ck_factor_substitute(0, 0, 0, n, columns, lu, x);
  return 0;
}

/// LAPACK wants columns together, so both sides go through a transposition. `right`: n × columns numbers of room.
static int solve_by_library(factored *f, ck_size columns, const double *a, double *lu, int64_t *pivot, double *x,
                            double *right) {
  ck_size n = f->n;
  int32_t *pivots = (int32_t *)pivot;
  ck_transpose2(lu, a, n, n, sizeof *a);
  ck_transpose2(right, x, n, columns, sizeof *x);
  int status = ck_lapack_gesv(n, columns, lu, pivot, right);
  ck_transpose2(x, right, columns, n, sizeof *x);
  for (ck_size k = n; k-- > 0;) pivot[k] = pivots[k] - 1;  // from the last: they share their memory
  *f = (factored){n, 1, n, lu, pivot};
  return status;
}

/// `room`: 2 n² + n columns + 5 n numbers.
static int solve_in(double *room, ck_size n, ck_size columns, const double *a, double *x, double *reciprocal) {
  double *lu = room + n * n, *right = lu + n * n, *rest = right + n * columns;
  int64_t *pivot = (int64_t *)(rest + 4 * n);
  factored f = {.n = n};
  int of_a = ck_factor_extreme_exponent(a, n * n), of_x = ck_factor_extreme_exponent(x, n * columns);
  if (of_a) {
    memcpy(room, a, (size_t)(n * n) * sizeof *a);
    ck_factor_scale(room, n * n, -of_a);
    a = room;
  }
  ck_factor_scale(x, n * columns, -of_x);
  int status;
  if (ck_factor_by_library(n)) {
    status = solve_by_library(&f, columns, a, lu, pivot, x, right);
  } else {
    memcpy(lu, a, (size_t)(n * n) * sizeof *a);
    status = solve_here(&f, columns, lu, pivot, x);
  }
  *reciprocal = status ? 0 : reciprocal_condition(&f, a, rest);
  ck_factor_scale(x, n * columns, of_x - of_a);
  return status;
}

int ck_solve(ck_size n, ck_size columns, double precision, const double *a, const double *b, double *x,
             double *reciprocal) {
  double *room = malloc((size_t)(2 * n * n + n * columns + 5 * n + 1) * sizeof *room);
  int status = CK_NO_MEMORY;
  *reciprocal = NAN;
  if (room && !ck_all_finite_f64(a, n * n)) {
    status = CK_NOT_FINITE;
  } else if (room) {
    if (x != b) memcpy(x, b, (size_t)(n * columns) * sizeof *b);
    status = solve_in(room, n, columns, a, x, reciprocal);
    if (!status && *reciprocal < precision) status = (int)n;
  }
  free(room);
  if (status) ck_factor_fail(x, n * columns);
  return status;
}
