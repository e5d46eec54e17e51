// Eigenvalues of symmetric matrices and singular values, by rotations (Jacobi) or LAPACK.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ck_blas.h"
#include "ck_elementwise.h"
#include "ck_factor.h"
#include "ck_index.h"
#include "ck_watch.h"
#include "ck_product.h"
#include "factor_common.h"

enum { MOST_SWEEPS = 60 };

/// Rows x and y become c x - s y and s x + c y.
static void rotate(double *x, double *y, ck_size n, double c, double s) {
  for (ck_size i = 0; i < n; i++) {
    double a = x[i], b = y[i];
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}

/// Tangent of the smaller angle that makes the off-diagonal element vanish, given (y - x) / (2 off).
static double tangent(double zeta) {
  double t = 1 / (fabs(zeta) + hypot(1, zeta));
  return zeta < 0 ? -t : t;
}

/// 1 if the row has to change sign: its first component of largest magnitude is negative.
static int is_flipped(const double *x, ck_size n, ck_size step) {
  ck_size best = 0;
  for (ck_size i = 1; i < n; i++)
    if (fabs(x[i * step]) > fabs(x[best * step])) best = i;
  return n > 0 && x[best * step] < 0;
}

static void negate(double *x, ck_size n, ck_size step) {
  for (ck_size i = 0; i < n; i++) x[i * step] = -x[i * step];
}

// MARK: symmetric eigenproblem

/// One sweep over all pairs; a is symmetric, rows of v collect the rotations. Returns whether anything changed.
static int eigen_sweep(ck_size n, double *a, double *v) {
  int changed = 0;
  for (ck_size p = 0; p < n && !ck_stopped(); p++) {
    for (ck_size q = p + 1; q < n; q++) {
      double off = a[p * n + q], x = a[p * n + p], y = a[q * n + q];
      if (off == 0 || fabs(off) <= 0x1p-54 * sqrt(fabs(x)) * sqrt(fabs(y)) || fabs(off) < 0x1p-1000) continue;
      changed = 1;
      double t = tangent((y - x) / (2 * off)), c = 1 / sqrt(1 + t * t), s = t * c;
      rotate(a + p * n, a + q * n, n, c, s);
      for (ck_size i = 0; i < n; i++) {
        double l = a[i * n + p], r = a[i * n + q];
        a[i * n + p] = c * l - s * r;
        a[i * n + q] = s * l + c * r;
      }
      a[p * n + q] = a[q * n + p] = 0;
      a[p * n + p] = x - t * off;
      a[q * n + q] = y + t * off;
      rotate(v + p * n, v + q * n, n, c, s);
    }
  }
  return changed;
}

/// Rows of v: eigenvectors; values ascending.
static int eigen_here(ck_size n, double *a, double *values, double *v, int64_t *room) {
  double norm = ck_reduce_f64(CK_MAX_ABS, a, n * n), floor = norm * 0x1p-60;
  for (ck_size i = 0; i < n; i++)
    for (ck_size j = 0; j < n; j++) v[i * n + j] = i == j;
  int sweeps = 0;
  for (; sweeps < MOST_SWEEPS && eigen_sweep(n, a, v); sweeps++)
    for (ck_size i = 0; i < n * n; i++)  // what is below rounding of the whole cannot matter
      if (i / n != i % n && fabs(a[i]) < floor) a[i] = 0;
  int64_t *order = room, *scratch = room + n;
  for (ck_size i = 0; i < n; i++) values[i] = a[i * n + i];
  ck_argsort_f64(order, values, n, scratch);
  for (ck_size i = 0; i < n; i++) values[i] = a[order[i] * n + order[i]];
  for (ck_size i = 0; i < n; i++) memcpy(a + i * n, v + order[i] * n, (size_t)n * sizeof *a);
  memcpy(v, a, (size_t)(n * n) * sizeof *v);
  return sweeps == MOST_SWEEPS;
}

int ck_symmetric_eigen(ck_size n, const double *a, double *values, double *vectors) {
  double *room = malloc((size_t)(2 * n * n + 2 * n + 1) * sizeof *room), *v = room + n * n;
  int status = room ? 0 : CK_NO_MEMORY;
  if (room) {
    ck_factor_symmetrise(n, a, room);
    int exponent = ck_factor_extreme_exponent(room, n * n);
    ck_factor_scale(room, n * n, -exponent);
    if (!ck_all_finite_f64(room, n * n)) status = CK_NOT_FINITE;
    else if (ck_factor_by_library(n)) {
      status = ck_lapack_syevd(n, room, values);
      memcpy(v, room, (size_t)(n * n) * sizeof *v);
    } else status = eigen_here(n, room, values, v, (int64_t *)(v + n * n));
    ck_factor_scale(values, n, exponent);
  }
  if (status) {
    ck_factor_fail(values, n);
    ck_factor_fail(vectors, n * n);
  } else {
    for (ck_size i = 0; i < n; i++)
      if (is_flipped(v + i * n, n, 1)) negate(v + i * n, n, 1);
    ck_transpose2(vectors, v, n, n, sizeof *v);
  }
  free(room);
  return status;
}

// MARK: singular values

/// One sweep making the k rows (of length m) of w orthogonal; rows of v collect the rotations. Dots up to `tiny` are
/// between rows that count as 0. Returns the largest cosine of an angle that was turned, 0 where none was.
static double svd_sweep(ck_size k, ck_size m, double *w, double *v, double tiny) {
  double largest = 0;
  for (ck_size p = 0; p < k && !ck_stopped(); p++) {
    for (ck_size q = p + 1; q < k; q++) {
      double *x = w + p * m, *y = w + q * m;
      double off = ck_dot_f64(x, y, m), a = ck_dot_f64(x, x, m), b = ck_dot_f64(y, y, m);
      if (fabs(off) <= 0x1p-52 * sqrt(a) * sqrt(b) || fabs(off) <= tiny) continue;
      largest = fmax(largest, fabs(off) / sqrt(a) / sqrt(b));
      double t = tangent((b - a) / (2 * off)), c = 1 / sqrt(1 + t * t), s = t * c;
      rotate(x, y, m, c, s);
      rotate(v + p * k, v + q * k, k, c, s);
    }
  }
  return largest;
}

/// Sweeps until all rows are orthogonal: until nothing turns, or what turns is within the rounding error of a dot of
/// length m and becomes no less. Below that error cosines are noise, and turning by noise need not end.
static int svd_sweeps(ck_size k, ck_size m, double *w, double *v) {
  double tiny = ck_reduce_f64(CK_SUM_SQUARES, w, k * m) * 0x1p-170, rounding = (double)m * 0x1p-52, before = INFINITY;
  double largest = INFINITY;
  for (int sweeps = 0; sweeps < MOST_SWEEPS; sweeps++) {
    largest = svd_sweep(k, m, w, v, tiny);
    if (largest == 0 || (largest <= rounding && largest >= before)) break;
    before = largest;
  }
  return !(largest <= rounding);
}

/// A unit row orthogonal to the first `count` rows of u, for a singular value 0.
static void complete_row(ck_size m, ck_size count, double *u, double *row) {
  for (ck_size axis = 0; axis < m; axis++) {
    memset(row, 0, (size_t)m * sizeof *row);
    row[axis] = 1;
    for (int twice = 0; twice < 2; twice++)
      for (ck_size j = 0; j < count; j++) ck_axpy_f64(row, -ck_dot_f64(u + j * m, row, m), u + j * m, m);
    double size = sqrt(ck_dot_f64(row, row, m));
    if (size < 0.5 / sqrt((double)m)) continue;
    for (ck_size i = 0; i < m; i++) row[i] /= size;
    return;
  }
}

/// w: k rows of length m ≥ k, a transposed matrix of k columns. Rows of u (k × m) and v (k × k) are the left and
/// right vectors, s descending.
static int svd_here(ck_size k, ck_size m, double *w, double *u, double *s, double *v, double *room) {
  double largest = ck_reduce_f64(CK_MAX_ABS, w, k * m);
  int up = largest > 0 ? ilogb(largest) : 0;
  for (ck_size i = 0; i < k * m; i++) w[i] = scalbn(w[i], -up);
  double *turns = room;
  for (ck_size i = 0; i < k; i++)
    for (ck_size j = 0; j < k; j++) turns[i * k + j] = i == j;
  int status = svd_sweeps(k, m, w, turns);
  double *sizes = room + k * k;
  int64_t *order = (int64_t *)(sizes + k), *scratch = order + k;
  for (ck_size i = 0; i < k; i++) sizes[i] = -sqrt(ck_dot_f64(w + i * m, w + i * m, m));
  ck_argsort_f64(order, sizes, k, scratch);
  double zero = k > 0 ? -sizes[order[0]] * 0x1p-52 * (double)m * 0x1p-4 : 0;
  for (ck_size i = 0; i < k; i++) {
    double size = -sizes[order[i]];
    s[i] = scalbn(size, up);
    memcpy(v + i * k, turns + order[i] * k, (size_t)k * sizeof *v);
    for (ck_size j = 0; j < m && size > zero; j++) u[i * m + j] = w[order[i] * m + j] / size;
    if (size <= zero) complete_row(m, i, u, u + i * m);
  }
  return status;
}

/// a (m × n) with m ≥ n by rows of aᵀ; otherwise the roles of u and v are exchanged.
static int svd_rotations(ck_size m, ck_size n, const double *a, double *u, double *s, double *vt) {
  ck_size k = m < n ? m : n, length = m < n ? n : m;
  double *room = malloc((size_t)(2 * k * length + 2 * k * k + 4 * k + 1) * sizeof *room);
  if (!room) return CK_NO_MEMORY;
  double *w = room, *left = w + k * length, *right = left + k * length, *rest = right + k * k;
  if (m >= n) ck_transpose2(w, a, m, n, sizeof *a);
  else memcpy(w, a, (size_t)(m * n) * sizeof *a);
  int status = svd_here(k, length, w, left, s, right, rest);
  if (m >= n) {
    ck_transpose2(u, left, k, m, sizeof *u);
    memcpy(vt, right, (size_t)(k * k) * sizeof *vt);
  } else {
    ck_transpose2(u, right, k, k, sizeof *u);
    memcpy(vt, left, (size_t)(k * n) * sizeof *vt);
  }
  free(room);
  return status;
}

int ck_svd(ck_size m, ck_size n, const double *a, double *u, double *s, double *vt) {
  ck_size k = m < n ? m : n;
  int status;
  if (!ck_all_finite_f64(a, m * n)) status = CK_NOT_FINITE;
  else if (ck_factor_by_library(k)) {
    double *copy = malloc((size_t)(m * n) * sizeof *copy);
    status = CK_NO_MEMORY;
    if (copy) {
      memcpy(copy, a, (size_t)(m * n) * sizeof *copy);
      status = ck_lapack_gesdd(n, m, copy, s, vt, u);  // of aᵀ, which is a in column-major order
    }
    free(copy);
  } else status = svd_rotations(m, n, a, u, s, vt);
  if (status) {
    ck_factor_fail(u, m * k);
    ck_factor_fail(s, k);
    ck_factor_fail(vt, k * n);
    return status;
  }
  for (ck_size j = 0; j < k; j++) {
    if (!is_flipped(u + j, m, k)) continue;
    negate(u + j, m, k);
    negate(vt + j * n, n, 1);
  }
  return 0;
}

int ck_pseudo_inverse(ck_size m, ck_size n, double cut, const double *a, double *p) {
  ck_size k = m < n ? m : n;
  double *u = malloc((size_t)(m * k + k + k * n + 1) * sizeof *u), *s = u + m * k, *vt = s + k;
  int status = u ? ck_svd(m, n, a, u, s, vt) : CK_NO_MEMORY;
  if (status) {
    ck_factor_fail(p, n * m);
  } else {
    for (ck_size i = 0; i < k; i++)
      for (ck_size j = 0; j < n; j++) vt[i * n + j] *= s[i] > cut * s[0] ? 1 / s[i] : 0;
    ck_gemm_f64(1, 1, n, m, k, 1, vt, n, u, k, 0, p, m);
  }
  free(u);
  return status;
}
