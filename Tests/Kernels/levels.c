// Compares the instruction sets of this processor, bit for bit, over all kernels that exist once for each.
//
// Arrays end at a page that may not be touched, so that most begin unaligned and none is read or written past its
// end. Prints each case that differs and returns 1 if one did. The argument is the lowest level to compare, 2 if none.
// `scripts/emulate-avx512` builds it from the objects of a release build and runs it on an emulated processor.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "ckernels.h"

enum { ARRAYS = 16, ROOM = 1 << 20, OUTPUTS = 4 };

// A small seeded generator (xorshift64*).
static uint64_t dice = 0x9E3779B97F4A7C15u;
static uint64_t bits(void) {
  dice ^= dice >> 12;
  dice ^= dice << 25;
  dice ^= dice >> 27;
  return dice * 0x2545F4914F6CDD1Du;
}
static double uniform(double low, double high) { return low + (high - low) * ((double)(bits() >> 11) * 0x1p-53); }

static char *rooms[ARRAYS];
static int arrays;

static void make_rooms(void) {
  for (int i = 0; i < ARRAYS; i++) {
    rooms[i] = mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (rooms[i] == MAP_FAILED || mprotect(rooms[i] + ROOM, 4096, PROT_NONE) != 0) exit(2);
  }
}

/// Memory that ends at a forbidden page; whole vectors of 64 bytes if `aligned`.
static void *array(ck_size bytes, int aligned) {
  if (aligned) bytes = (bytes + 63) / 64 * 64;
  if (arrays == ARRAYS || bytes > ROOM - 64) exit(3);
  return rooms[arrays++] + ROOM - bytes;
}

// What a case writes: bytes before the array count too.
static struct output {
  char *at;
  ck_size bytes, element;
  int isReal;
  char *start, *first;
} outputs[OUTPUTS];
static int outputCount, cases, failures, lowest = 2;
static char label[128];

static void begin(void) {
  for (int i = 0; i < outputCount; i++) {
    free(outputs[i].start);
    free(outputs[i].first);
  }
  outputCount = arrays = 0;
}

static void add_output(void *at, ck_size bytes, ck_size element, int isReal) {
  struct output *o = &outputs[outputCount++];
  const size_t all = (size_t)bytes + 64;
  *o = (struct output){(char *)at - 64, bytes + 64, element, isReal, malloc(all), malloc(all)};
  memcpy(o->start, o->at, all);
}

/// Declares an array of real numbers to be compared; what it holds now is what each level finds.
static void compared(void *at, ck_size bytes, ck_size element) { add_output(at, bytes, element, 1); }
/// Declares an array of whole numbers to be compared.
static void compared_whole(void *at, ck_size bytes) { add_output(at, bytes, 8, 0); }

static void name(const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(label, sizeof label, format, list);
  va_end(list);
  cases++;
}

static void restore(int level) {
  ck_select(level);
  for (int i = 0; i < outputCount; i++) memcpy(outputs[i].at, outputs[i].start, (size_t)outputs[i].bytes);
}

/// The bits of element `i`, all NaNs being one: processors and compilers choose their signs.
static uint64_t element(const struct output *o, const char *from, ck_size i) {
  uint64_t word = 0;
  memcpy(&word, from + i * o->element, (size_t)o->element);
  const int isWide = o->element == 8;
  const uint64_t infinity = isWide ? 0x7ff0000000000000u : 0x7f800000u;
  const uint64_t magnitude = word & (isWide ? INT64_MAX : INT32_MAX);
  return o->isReal && magnitude > infinity ? infinity + 1 : word;
}

static void compare(int level) {
  for (int i = 0; i < outputCount; i++) {
    struct output *o = &outputs[i];
    if (level == lowest) memcpy(o->first, o->at, (size_t)o->bytes);
    if (memcmp(o->first, o->at, (size_t)o->bytes) == 0) continue;
    const ck_size count = o->bytes / o->element, before = 64 / o->element;
    ck_size at = 0;
    while (at < count && element(o, o->first, at) == element(o, o->at, at)) at++;
    if (at == count) continue;
    failures++;
    printf("DIFFERS %s: level %d, output %d, element %ld: %016lx, but %016lx on level %d\n", label, level, i,
           (long)(at - before), (unsigned long)element(o, o->at, at), (unsigned long)element(o, o->first, at), lowest);
    return;
  }
}

/// Runs `body` on every level from the same start and compares what it wrote.
#define ON_EACH_LEVEL(body)                                                                                        \
  for (int level = lowest; level <= ck_best_level(); level++) {                                                    \
    restore(level);                                                                                                \
    body;                                                                                                          \
    compare(level);                                                                                                \
  }

static const double special[] = {0, -0.0, 1, -1, __builtin_inf(), -__builtin_inf(), __builtin_nan(""), 0x1p-1074,
                                 -0x1p-1060, 1e308, 0.5, 2, 3, 4, 709.9, -745.2, 0x1p-149, 88.7, -104, 1e-310};
enum { SPECIAL = sizeof special / sizeof *special };

static double any_number(ck_size i) {
  if (i < SPECIAL) return special[i];
  if (i % 3 == 0) return uniform(-20, 20);
  if (i % 3 == 1) return uniform(-2e9, 2e9);
  uint64_t pattern = bits() & 0x7fffffffffffffffu;
  double x;
  memcpy(&x, &pattern, sizeof x);
  return x != x ? 1 : x;
}

#define REAL double
#define R(f) f##_f64
#include "levels_real.inc"
#undef REAL
#undef R
#define REAL float
#define R(f) f##_f32
#include "levels_real.inc"

static void whole_numbers(void) {
  for (ck_size n = 0; n <= 41; n += n < 20 ? 1 : 7) {
    begin();
    int64_t *a = array(n * 8, 0), *b = array(n * 8, 0), *out = array(n * 8, 0), *total = array(8, 0);
    double *real = array(n * 8, 0);
    float *real32 = array(n * 4, 0);
    for (ck_size i = 0; i < n; i++) {
      a[i] = i % 4 ? (int64_t)bits() >> (bits() % 63) : i == 8 ? INT64_MIN : i - 4;
      b[i] = i % 5 ? (int64_t)bits() >> (bits() % 63) : i == 5 ? -1 : 0;
      real[i] = any_number(i);
      real32[i] = (float)any_number(i);
    }
    compared_whole(out, n * 8);
    compared_whole(total, 8);
    for (int op = 0; op <= CK_NOT; op++) {
      name("unary %d of %ld i64", op, (long)n);
      ON_EACH_LEVEL(ck_unary_i64((enum ck_unary_op)op, out, a, n))
    }
    for (int op = 0; op <= CK_OR; op++) {
      for (int strides = 0; strides < 4 && n > 0; strides++) {
        name("binary %d of %ld i64, strides %d", op, (long)n, strides);
        ON_EACH_LEVEL(ck_binary_i64((enum ck_binary_op)op, out, a, strides & 1, b, strides >> 1, n))
      }
    }
    name("select of %ld i64", (long)n);
    ON_EACH_LEVEL(ck_select_i64(out, b, 1, a, 1, b, 1, n))
    name("fill, sums of %ld i64", (long)n);
    ON_EACH_LEVEL((ck_fill_i64(out, 7, n), *total = ck_sum_i64(a, n)))
    for (int op = 0; op <= CK_MAX_ABS; op++) {
      name("reduction %d of %ld i64", op, (long)n);
      ON_EACH_LEVEL(ck_reduce_axis_i64((enum ck_reduce_op)op, total, a, 1, n, 1))
    }
    name("conversions of %ld", (long)n);
    ON_EACH_LEVEL(ck_i64_from_f64(out, real, n))
    ON_EACH_LEVEL(ck_i64_from_f32(out, real32, n))
    ON_EACH_LEVEL(ck_f64_from_i64((double *)out, a, n))
    ON_EACH_LEVEL(ck_f64_from_f32((double *)out, real32, n))
    ON_EACH_LEVEL(ck_f32_from_i64((float *)out, a, n))
    ON_EACH_LEVEL(ck_f32_from_f64((float *)out, real, n))
    name("random words, numbers and places, %ld", (long)n);
    ON_EACH_LEVEL(ck_random_u64((uint64_t *)out, n, 5, 6, 7, 8))
    ON_EACH_LEVEL(ck_integers_i64(out, n, 5, 1ll << 40, 7, 3, 1000003))
    ON_EACH_LEVEL(ck_permutation_i64(out, n, 5, 6, 7))
  }
}

static void factorisations(void) {
  for (ck_size n = 1; n <= 33; n += n < 9 ? 1 : 6) {
    begin();
    double *a = array(n * n * 8, 0), *x = array(n * n * 8, 0), *y = array(n * n * 8, 0), *s = array(n * 8, 0);
    double *room = array((2 * n * n + 5 * n + 2) * 8, 0), *pairs = array(2 * n * 8, 0), reciprocal;
    for (ck_size i = 0; i < n * n; i++) a[i] = uniform(-1, 1) + (i % (n + 1) == 0 ? 8 : 0);
    compared(x, n * n * 8, 8);
    compared(y, n * n * 8, 8);
    compared(s, n * 8, 8);
    compared(pairs, 2 * n * 8, 8);
    name("Cholesky, %ld", (long)n);
    ON_EACH_LEVEL(ck_cholesky(n, a, x))
    name("solution, %ld", (long)n);
    ON_EACH_LEVEL((ck_solve(n, n, 0, a, a, x, &reciprocal), s[0] = reciprocal))
    name("QR, %ld", (long)n);
    ON_EACH_LEVEL(ck_qr(n, n, a, x, y))
    name("eigenvalues, %ld", (long)n);
    ON_EACH_LEVEL(ck_symmetric_eigen(n, a, s, x))
    name("singular values, %ld", (long)n);
    ON_EACH_LEVEL(ck_svd(n, n, a, x, s, y))
    name("pseudo-inverse, %ld", (long)n);
    ON_EACH_LEVEL(ck_pseudo_inverse(n, n, 1e-15, a, x))
    name("eigenvalues without symmetry, %ld", (long)n);
    ON_EACH_LEVEL(ck_eigenvalues(n, a, 0, pairs))
    name("cofactors and their slope, %ld", (long)n);
    ON_EACH_LEVEL((ck_cofactors(n, a, x, room), ck_cofactor_slope(n, a, a, y, room)))
  }
}

int main(int count, char **arguments) {
  if (count > 1) lowest = atoi(arguments[1]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("best level %d\n", ck_best_level());
  ck_blas_allow(0);
  make_rooms();
  whole_numbers();
  elementwise_f64();
  elementwise_f32();
  reductions_f64();
  reductions_f32();
  products_f64();
  products_f32();
  random_numbers_f64();
  random_numbers_f32();
  tiles_f64();
  tiles_f32();
  factorisations();
  printf("%d cases on levels %d to %d, %d differ\n", cases, lowest, ck_best_level(), failures);
  return failures != 0;
}
