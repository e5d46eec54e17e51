// Eigenvalues of matrices without symmetry: balancing, Hessenberg form, implicit double shifts.
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "ck_factor.h"
#include "ck_watch.h"
#include "factor_common.h"

static const double EPSILON = 0x1p-52;

// MARK: balancing

/// A matrix whose rows and columns low ..< high are not decided yet: outside of them it is triangular.
typedef struct {
  ck_size n, low, high;
  double *a;
} window;

/// Exchanges two rows and the same two columns.
static void exchange(window *w, ck_size i, ck_size j) {
  for (ck_size p = 0; p < w->n && i != j; p++) {
    double t = w->a[i * w->n + p];
    w->a[i * w->n + p] = w->a[j * w->n + p];
    w->a[j * w->n + p] = t;
  }
  for (ck_size p = 0; p < w->n && i != j; p++) {
    double t = w->a[p * w->n + i];
    w->a[p * w->n + i] = w->a[p * w->n + j];
    w->a[p * w->n + j] = t;
  }
}

/// Whether a row (`across` 1) or column of the window is 0 but for its diagonal.
static int is_alone(const window *w, ck_size i, int across) {
  for (ck_size p = w->low; p < w->high; p++)
    if (p != i && w->a[across ? i * w->n + p : p * w->n + i] != 0) return 0;
  return 1;
}

/// Moves eigenvalues that stand alone in a row to the end, those alone in a column to the start.
static void isolate(window *w) {
  for (int across = 1; across >= 0; across--) {
    int found = 1;
    while (found) {
      found = 0;
      for (ck_size i = w->high; i-- > w->low && !found;) {
        if (!is_alone(w, i, across)) continue;
        exchange(w, i, across ? w->high - 1 : w->low);
        if (across) w->high--;
        else w->low++;
        found = 1;
      }
    }
  }
}

/// One round of scaling rows and columns of the m × m matrix by powers of 2 until they are of like size; returns whether
/// anything changed. `scales`: what the rows were divided by.
static int balance_round(ck_size m, double *h, double *scales) {
  int changed = 0;
  for (ck_size i = 0; i < m; i++) {
    double c = 0, r = 0;
    for (ck_size j = 0; j < m; j++) {
      c = hypot(c, h[j * m + i]);
      r = hypot(r, h[i * m + j]);
    }
    if (c == 0 || r == 0) continue;
    double f = ldexp(1, (ilogb(r) - ilogb(c)) / 2), new_sum = c * f + r / f, size = scales[i] * f;
    if (f == 1 || !(new_sum < 0.95 * (c + r)) || size > 0x1p200 || size < 0x1p-200) continue;
    changed = 1;
    scales[i] = size;
    for (ck_size j = 0; j < m; j++) h[i * m + j] /= f;
    for (ck_size j = 0; j < m; j++) h[j * m + i] *= f;
  }
  return changed;
}

// MARK: Hessenberg form

/// Turns column k below row k + 1 to 0 by a reflector, from both sides.
static void reduce_column(ck_size m, double *h, ck_size k, double *v, double *w) {
  double scale = 0, sum = 0;
  for (ck_size i = k + 2; i < m; i++) scale = fmax(scale, fabs(h[i * m + k]));
  if (scale == 0) return;
  scale = fmax(scale, fabs(h[(k + 1) * m + k]));
  for (ck_size i = k + 1; i < m; i++) {
    v[i] = h[i * m + k] / scale;
    sum += v[i] * v[i];
  }
  double alpha = v[k + 1], beta = -copysign(sqrt(sum), alpha), tau = (beta - alpha) / beta;
  for (ck_size i = k + 2; i < m; i++) v[i] /= alpha - beta;
  v[k + 1] = 1;
  memset(w, 0, (size_t)m * sizeof *w);
  for (ck_size i = k + 1; i < m; i++)
    for (ck_size j = k + 1; j < m; j++) w[j] += v[i] * h[i * m + j];
  for (ck_size i = k + 1; i < m; i++)
    for (ck_size j = k + 1; j < m; j++) h[i * m + j] -= tau * v[i] * w[j];
  for (ck_size i = 0; i < m; i++) {
    double s = 0;
    for (ck_size j = k + 1; j < m; j++) s += h[i * m + j] * v[j];
    for (ck_size j = k + 1; j < m; j++) h[i * m + j] -= tau * s * v[j];
  }
  h[(k + 1) * m + k] = beta * scale;
  for (ck_size i = k + 2; i < m; i++) h[i * m + k] = 0;
}

// MARK: iteration

/// Two eigenvalues, each as real and imaginary part.
typedef struct {
  double re1, im1, re2, im2;
} pair;

/// Eigenvalues of [[a, b], [c, d]], conjugates where they are not real (LAPACK's dlanv2).
static pair eigenvalues_of_two(double a, double b, double c, double d) {
  if (c == 0 || b == 0) return (pair){a, 0, d, 0};
  double p = 0.5 * a - 0.5 * d, larger = fmax(fabs(b), fabs(c));
  double smaller = fmin(fabs(b), fabs(c)) * copysign(1, b) * copysign(1, c), scale = fmax(fabs(p), larger);
  double z = p / scale * p + larger / scale * smaller;
  if (z >= 4 * EPSILON * scale) {
    double root = p + copysign(sqrt(scale) * sqrt(z), p);
    return (pair){d + root, 0, d - larger / root * smaller, 0};
  }
  // Conjugates, or two that are nearly equal: the diagonal is made equal first.
  double sigma = b + c, tau = hypot(sigma, a - d), middle = d + p;
  if (tau == 0) return (pair){middle, sqrt(fabs(b)) * sqrt(fabs(c)), middle, -sqrt(fabs(b)) * sqrt(fabs(c))};
  double cs = sqrt(0.5 * (1 + fabs(sigma) / tau)), sn = -(p / (tau * cs)) * copysign(1, sigma);
  double aa = a * cs + b * sn, bb = -a * sn + b * cs, cc = c * cs + d * sn, dd = -c * sn + d * cs;
  double over = bb * cs + dd * sn, under = -aa * sn + cc * cs;
  middle = 0.5 * ((aa * cs + cc * sn) + (-bb * sn + dd * cs));
  double size = sqrt(fabs(over)) * sqrt(fabs(under));
  if (over == 0 || under == 0) return (pair){middle, 0, middle, 0};
  if ((over < 0) == (under < 0)) return (pair){middle + size, 0, middle - size, 0};
  return (pair){middle, size, middle, -size};
}

/// Whether the element below the diagonal in row k is as good as 0 (Ahues and Tisseur).
static int is_negligible(ck_size m, const double *h, ck_size k, double least) {
  const double *row = h + k * m, *above = row - m;
  double off = fabs(row[k - 1]), sum = fabs(above[k - 1]) + fabs(row[k]);
  if (off <= least) return 1;
  if (sum == 0) sum = (k >= 2 ? fabs(above[k - 2]) : 0) + (k + 1 < m ? fabs(row[m + k]) : 0);
  if (off > EPSILON * sum) return 0;
  double larger = fmax(off, fabs(above[k])), smaller = fmin(off, fabs(above[k]));
  double x = fabs(row[k]), y = fabs(above[k - 1] - row[k]), s = fmax(x, y) + larger;
  return smaller * (larger / s) <= fmax(least, EPSILON * (fmin(x, y) * (fmax(x, y) / s)));
}

/// The shifts of a sweep over rows low ... i: eigenvalues of the last two rows, or others now and then.
static pair shifts(ck_size m, const double *h, ck_size low, ck_size i, int sweep) {
  double a = h[(i - 1) * m + i - 1], b = h[(i - 1) * m + i], c = h[i * m + i - 1], d = h[i * m + i];
  if (sweep % 10 == 0) {
    int at_end = sweep % 20 == 0;
    double s = at_end ? fabs(c) + fabs(h[(i - 1) * m + i - 2])
                      : fabs(h[(low + 1) * m + low]) + fabs(h[(low + 2) * m + low + 1]);
    a = d = 0.75 * s + (at_end ? d : h[low * m + low]);
    b = -0.4375 * s;
    c = s;
  }
  double s = fabs(a) + fabs(b) + fabs(c) + fabs(d);
  if (s == 0) return (pair){0, 0, 0, 0};
  a /= s, b /= s, c /= s, d /= s;
  double middle = 0.5 * (a + d), product = (a - middle) * (d - middle) - b * c, root = sqrt(fabs(product));
  if (product >= 0) return (pair){middle * s, root * s, middle * s, -root * s};
  double nearer = fabs(middle + root - d) <= fabs(middle - root - d) ? middle + root : middle - root;
  return (pair){nearer * s, 0, nearer * s, 0};
}

/// The first row of a sweep, from which two small elements in sequence shield what is above, and its first column v.
static ck_size start_of_sweep(ck_size m, const double *h, ck_size low, ck_size i, pair t, double *v) {
  for (ck_size k = i - 2;; k--) {
    const double *r0 = h + k * m, *r1 = r0 + m, *r2 = r1 + m;
    double s = fabs(r0[k] - t.re2) + fabs(t.im2) + fabs(r1[k]), off = r1[k] / s;
    v[0] = off * r0[k + 1] + (r0[k] - t.re1) * ((r0[k] - t.re2) / s) - t.im1 * (t.im2 / s);
    v[1] = off * (r0[k] + r1[k + 1] - t.re1 - t.re2);
    v[2] = off * r2[k + 1];
    s = fabs(v[0]) + fabs(v[1]) + fabs(v[2]);
    for (int p = 0; p < 3; p++) v[p] /= s;
    if (k == low) return k;
    double around = fabs(r0[k - 1 - m]) + fabs(r0[k]) + fabs(r1[k + 1]);
    if (fabs(r0[k - 1]) * (fabs(v[1]) + fabs(v[2])) <= EPSILON * fabs(v[0]) * around) return k;
  }
}

/// v[0] ← beta, v[1], … ← the reflector 1 − tau u uᵀ with u = (1, v[1], …) that turns v to beta e₀; returns tau.
static double small_reflector(int size, double *v) {
  double scale = size == 3 ? fmax(fabs(v[1]), fabs(v[2])) : fabs(v[1]);
  if (scale == 0) return 0;
  scale = fmax(scale, fabs(v[0]));
  double alpha = v[0] / scale, sum = 0;
  for (int p = 0; p < size; p++) sum += (v[p] / scale) * (v[p] / scale);
  double beta = -copysign(sqrt(sum), alpha);
  for (int p = 1; p < size; p++) v[p] = v[p] / scale / (alpha - beta);
  v[0] = beta * scale;
  return (beta - alpha) / beta;
}

/// One double-shift sweep over rows low ... i of the Hessenberg matrix h.
static void sweep_rows(ck_size m, double *h, ck_size low, ck_size i, pair t) {
  double v[3];
  ck_size first = start_of_sweep(m, h, low, i, t, v);
  for (ck_size k = first; k < i; k++) {
    int size = i - k + 1 < 3 ? 2 : 3;
    if (k > first)
      for (int p = 0; p < size; p++) v[p] = h[(k + p) * m + k - 1];
    double tau = small_reflector(size, v);
    if (k > first) {
      h[k * m + k - 1] = v[0];
      for (int p = 1; p < size; p++) h[(k + p) * m + k - 1] = 0;
    } else if (first > low) {
      h[k * m + k - 1] *= 1 - tau;
    }
    v[0] = 1;
    for (ck_size j = k; j <= i; j++) {
      double s = 0;
      for (int p = 0; p < size; p++) s += v[p] * h[(k + p) * m + j];
      for (int p = 0; p < size; p++) h[(k + p) * m + j] -= s * (tau * v[p]);
    }
    ck_size end = k + 3 < i ? k + 3 : i;
    for (ck_size j = low; j <= end; j++) {
      double s = 0;
      for (int p = 0; p < size; p++) s += v[p] * h[j * m + k + p];
      for (int p = 0; p < size; p++) h[j * m + k + p] -= s * (tau * v[p]);
    }
  }
}

/// Eigenvalues of the Hessenberg matrix h, which is lost; returns how many did not converge.
static int iterate(ck_size m, double *h, double *values) {
  double least = 0x1p-1022 * ((double)m / EPSILON);
  ck_size i = m - 1;
  while (i >= 0) {
    ck_size low = i;
    int sweep = 0, most = 300 + 30 * (int)m;
    for (;; sweep++) {
      if (ck_stopped()) return CK_ABANDONED;
      for (low = i; low > 0 && !is_negligible(m, h, low, least);) low--;
      if (low > 0) h[low * m + low - 1] = 0;
      if (low >= i - 1) break;
      if (sweep == most) return (int)i + 1;
      sweep_rows(m, h, low, i, shifts(m, h, low, i, sweep + 1));
    }
    if (low == i) {
      values[2 * i] = h[i * m + i];
      values[2 * i + 1] = 0;
    } else {
      double *r0 = h + (i - 1) * m + i - 1, *r1 = r0 + m;
      pair two = eigenvalues_of_two(r0[0], r0[1], r1[0], r1[1]);
      memcpy(values + 2 * (i - 1), &two, sizeof two);
    }
    i = low - 1;
  }
  return 0;
}

static int compare(const void *x, const void *y) {
  const double *a = x, *b = y;
  if (a[0] != b[0]) return a[0] < b[0] ? -1 : 1;
  return a[1] == b[1] ? 0 : a[1] < b[1] ? -1 : 1;
}

/// `room`: 2 n² + 2 n numbers.
static int eigenvalues_in(double *room, ck_size n, int single, double *values) {
  int exponent = ck_factor_extreme_exponent(room, n * n);
  ck_factor_scale(room, n * n, -exponent);
  window w = {n, 0, n, room};
  isolate(&w);
  ck_size m = w.high - w.low;
  double *h = room + n * n, *rest = h + n * n;
  for (ck_size i = 0; i < n; i++) {
    values[2 * i] = room[i * n + i];
    values[2 * i + 1] = 0;
  }
  for (ck_size i = 0; i < m; i++) memcpy(h + i * m, room + (w.low + i) * n + w.low, (size_t)m * sizeof *h);
  for (ck_size i = 0; i < m; i++) rest[i] = 1;
  for (int round = 0; round < 100 && balance_round(m, h, rest); round++) {}
  for (ck_size k = 0; k + 2 < m && !ck_stopped(); k++) reduce_column(m, h, k, rest, rest + n);
  int status = iterate(m, h, values + 2 * w.low);
  ck_factor_scale(values, 2 * n, exponent);
  for (ck_size i = 0; i < 2 * n; i++) values[i] = (single ? (double)(float)values[i] : values[i]) + 0;  // no −0
  qsort(values, (size_t)n, 2 * sizeof *values, compare);
  return status;
}

int ck_eigenvalues(ck_size n, const double *a, int single, double *values) {
  double *room = malloc((size_t)(2 * n * n + 2 * n + 1) * sizeof *room);
  int status = room ? ck_all_finite_f64(a, n * n) ? 0 : CK_NOT_FINITE : CK_NO_MEMORY;
  if (!status) {
    memcpy(room, a, (size_t)(n * n) * sizeof *a);
    status = eigenvalues_in(room, n, single, values);
  }
  free(room);
  if (status) ck_factor_fail(values, 2 * n);
  return status;
}

double ck_spectral_radius(ck_size n, const double *a, double *values) {
  if (ck_eigenvalues(n, a, 0, values)) return NAN;
  double largest = 0;
  for (ck_size i = 0; i < n; i++) largest = fmax(largest, hypot(values[2 * i], values[2 * i + 1]));
  return largest;
}
