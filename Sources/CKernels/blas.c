// OpenBLAS and its LAPACK, found at run time.
#define _GNU_SOURCE
#include "ck_blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "ck_level.h"
#include "ck_watch.h"

typedef int32_t lapack_int;

// Functions of the library. Fortran takes lengths of characters at the end.
static struct {
  void (*dgemm)(int, int, int, int, int, int, double, const double *, int, const double *, int, double, double *, int);
  void (*sgemm)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
  void (*dsyrk)(int, int, int, int, int, double, const double *, int, double, double *, int);
  void (*ssyrk)(int, int, int, int, int, float, const float *, int, float, float *, int);
  void (*potrf)(const char *, const lapack_int *, double *, const lapack_int *, lapack_int *, size_t);
  void (*gesv)(const lapack_int *, const lapack_int *, double *, const lapack_int *, lapack_int *, double *,
               const lapack_int *, lapack_int *);
  void (*geqrf)(const lapack_int *, const lapack_int *, double *, const lapack_int *, double *, double *,
                const lapack_int *, lapack_int *);
  void (*orgqr)(const lapack_int *, const lapack_int *, const lapack_int *, double *, const lapack_int *,
                const double *, double *, const lapack_int *, lapack_int *);
  void (*syevd)(const char *, const char *, const lapack_int *, double *, const lapack_int *, double *, double *,
                const lapack_int *, lapack_int *, const lapack_int *, lapack_int *, size_t, size_t);
  void (*gesdd)(const char *, const lapack_int *, const lapack_int *, double *, const lapack_int *, double *, double *,
                const lapack_int *, double *, const lapack_int *, double *, const lapack_int *, lapack_int *,
                lapack_int *, size_t);
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int loaded;
static _Thread_local int allowed = 1;
static const char *kernels = "";

static int find(void *handle, const char *name, void *function) {
  void *symbol = dlsym(handle, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

static int find_all(void *handle) {
  return find(handle, "cblas_dgemm", &library.dgemm) && find(handle, "cblas_sgemm", &library.sgemm) &&
         find(handle, "cblas_dsyrk", &library.dsyrk) && find(handle, "cblas_ssyrk", &library.ssyrk) &&
         find(handle, "dpotrf_", &library.potrf) && find(handle, "dgesv_", &library.gesv) &&
         find(handle, "dgeqrf_", &library.geqrf) && find(handle, "dorgqr_", &library.orgqr) &&
         find(handle, "dsyevd_", &library.syevd) && find(handle, "dgesdd_", &library.gesdd);
}

/// Sets a variable for the time of loading; 1 if it has to be removed again.
static int lend(const char *name, const char *value) {
  return getenv(name) == NULL && setenv(name, value, 1) == 0;
}

/// The library, which chooses its kernels while it is loaded: those called `core`, unless that is NULL or the user
/// names some.
static void *open_library(const char *core) {
  int lent = core && lend("OPENBLAS_CORETYPE", core), threads = lend("OPENBLAS_NUM_THREADS", "1");
  void *handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!handle) handle = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  if (lent) unsetenv("OPENBLAS_CORETYPE");
  if (threads) unsetenv("OPENBLAS_NUM_THREADS");
  return handle;
}

/// The name of the kernels in use; empty where the library does not tell it.
static const char *name_of_kernels(void *handle) {
  const char *(*core_name)(void) = NULL;
  return find(handle, "openblas_get_corename", &core_name) ? core_name() : "";
}

static void load(void) {
  // It knows newer processors neither by name nor by what they can do, and takes SSE3 kernels for them.
  int level = ck_best_level();
  void *handle = open_library(level == 4 ? "SKYLAKEX" : NULL);
  if (handle && level == 3 && strcmp(name_of_kernels(handle), "Prescott") == 0 && !getenv("OPENBLAS_CORETYPE")) {
    dlclose(handle);
    handle = open_library("Haswell");
  }
  if (!handle) return;
  if (!find_all(handle)) {
    dlclose(handle);
    return;
  }
  void (*set)(int) = NULL;
  if (find(handle, "openblas_set_num_threads", &set)) set(1);
  kernels = name_of_kernels(handle);
  loaded = 1;
}

int ck_blas_load(void) {
  if (!allowed) return 0;
  pthread_once(&once, load);
  return loaded;
}

void ck_blas_allow(int yes) { allowed = yes; }

const char *ck_blas_kernels(void) { return ck_blas_load() ? kernels : ""; }

enum { NO_LIBRARY = -1000, NO_MEMORY = -1001 };

static ck_size larger(ck_size a, ck_size b) { return a > b ? a : b; }

void ck_blas_gemm_f64(int ta, int tb, ck_size m, ck_size n, ck_size k, double alpha, const double *A, ck_size lda,
                      const double *B, ck_size ldb, double beta, double *C, ck_size ldc) {
  library.dgemm(101, ta ? 112 : 111, tb ? 112 : 111, (int)m, (int)n, (int)k, alpha, A, (int)lda, B, (int)ldb, beta, C,
                (int)ldc);
}

void ck_blas_gemm_f32(int ta, int tb, ck_size m, ck_size n, ck_size k, float alpha, const float *A, ck_size lda,
                      const float *B, ck_size ldb, float beta, float *C, ck_size ldc) {
  library.sgemm(101, ta ? 112 : 111, tb ? 112 : 111, (int)m, (int)n, (int)k, alpha, A, (int)lda, B, (int)ldb, beta, C,
                (int)ldc);
}

void ck_blas_syrk_f64(int t, ck_size n, ck_size k, const double *A, ck_size lda, double *C, ck_size ldc) {
  library.dsyrk(101, 121, t ? 112 : 111, (int)n, (int)k, 1, A, (int)lda, 0, C, (int)ldc);
}

void ck_blas_syrk_f32(int t, ck_size n, ck_size k, const float *A, ck_size lda, float *C, ck_size ldc) {
  library.ssyrk(101, 121, t ? 112 : 111, (int)n, (int)k, 1, A, (int)lda, 0, C, (int)ldc);
}

/// A factorisation of about this many multiplications takes a tenth of a second at most.
static int is_long(ck_size m, ck_size n, ck_size k) { return (double)m * (double)n * (double)k > 1e7; }

static int potrf(const struct ck_call *c) {
  lapack_int n = (lapack_int)c->n, ld = (lapack_int)larger(1, c->n), info = 0;
  library.potrf("U", &n, c->memory[0], &ld, &info, 1);
  return info;
}

int ck_lapack_potrf(ck_size n, double *a) {
  if (!ck_blas_load()) return NO_LIBRARY;
  return ck_call_watched(&(struct ck_call){potrf, n, n, n, {a}, {n * n}}, is_long(n, n, n));
}

static int gesv(const struct ck_call *c) {
  lapack_int n = (lapack_int)c->n, columns = (lapack_int)c->k, ld = (lapack_int)larger(1, c->n), info = 0;
  library.gesv(&n, &columns, c->memory[0], &ld, (lapack_int *)c->memory[2], c->memory[1], &ld, &info);
  return info;
}

int ck_lapack_gesv(ck_size n, ck_size columns, double *a, int64_t *pivot, double *b) {
  if (!ck_blas_load()) return NO_LIBRARY;
  return ck_call_watched(
      &(struct ck_call){gesv, n, n, columns, {a, b, (double *)pivot}, {n * n, n * columns, n}},
      is_long(n, n, n + columns));
}

static int geqrf(const struct ck_call *c) {
  lapack_int m = (lapack_int)c->m, n = (lapack_int)c->n, ld = (lapack_int)larger(1, c->m), info = 0;
  lapack_int length = (lapack_int)(larger(1, c->n) * 64);
  double *work = malloc((size_t)length * sizeof(double));
  if (!work) return NO_MEMORY;
  library.geqrf(&m, &n, c->memory[0], &ld, c->memory[1], work, &length, &info);
  free(work);
  return info;
}

int ck_lapack_geqrf(ck_size m, ck_size n, double *a, double *tau) {
  if (!ck_blas_load()) return NO_LIBRARY;
  ck_size k = m < n ? m : n;
  return ck_call_watched(&(struct ck_call){geqrf, m, n, k, {a, tau}, {m * n, k}}, is_long(m, n, k));
}

static int orgqr(const struct ck_call *c) {
  lapack_int m = (lapack_int)c->m, n = (lapack_int)c->n, k = (lapack_int)c->k;
  lapack_int ld = (lapack_int)larger(1, c->m), info = 0, length = (lapack_int)(larger(1, c->n) * 64);
  double *work = malloc((size_t)length * sizeof(double));
  if (!work) return NO_MEMORY;
  library.orgqr(&m, &n, &k, c->memory[0], &ld, c->memory[1], work, &length, &info);
  free(work);
  return info;
}

int ck_lapack_orgqr(ck_size m, ck_size n, ck_size k, double *a, const double *tau) {
  if (!ck_blas_load()) return NO_LIBRARY;
  return ck_call_watched(&(struct ck_call){orgqr, m, n, k, {a, (double *)tau}, {m * n, k}}, is_long(m, n, k));
}

static int syevd(const struct ck_call *c) {
  lapack_int n = (lapack_int)c->n, ld = (lapack_int)larger(1, c->n), info = 0, wholeLength = 0, length = -1;
  lapack_int query = -1;
  double best = 0, *a = c->memory[0], *values = c->memory[1];
  library.syevd("V", "U", &n, a, &ld, values, &best, &length, &wholeLength, &query, &info, 1, 1);
  length = (lapack_int)(best * 1.001) + 16;
  double *work = malloc((size_t)length * sizeof(double));
  lapack_int *whole = malloc((size_t)larger(1, wholeLength) * sizeof *whole);
  if (work && whole)
    library.syevd("V", "U", &n, a, &ld, values, work, &length, whole, &wholeLength, &info, 1, 1);
  else info = NO_MEMORY;
  free(work);
  free(whole);
  return info;
}

int ck_lapack_syevd(ck_size n, double *a, double *values) {
  if (!ck_blas_load()) return NO_LIBRARY;
  return ck_call_watched(&(struct ck_call){syevd, n, n, n, {a, values}, {n * n, n}}, is_long(n, n, n));
}

static int gesdd(const struct ck_call *c) {
  ck_size small = c->m < c->n ? c->m : c->n;
  lapack_int m = (lapack_int)c->m, n = (lapack_int)c->n, ld = (lapack_int)larger(1, c->m);
  lapack_int ldvt = (lapack_int)larger(1, small), info = 0, length = -1;
  lapack_int *whole = malloc((size_t)larger(1, 8 * small) * sizeof *whole);
  if (!whole) return NO_MEMORY;
  double best = 0, *a = c->memory[0], *s = c->memory[1], *u = c->memory[2], *vt = c->memory[3];
  library.gesdd("S", &m, &n, a, &ld, s, u, &ld, vt, &ldvt, &best, &length, whole, &info, 1);
  length = (lapack_int)(best * 1.001) + 16;
  double *work = malloc((size_t)length * sizeof(double));
  if (work) library.gesdd("S", &m, &n, a, &ld, s, u, &ld, vt, &ldvt, work, &length, whole, &info, 1);
  else info = NO_MEMORY;
  free(work);
  free(whole);
  return info;
}

int ck_lapack_gesdd(ck_size m, ck_size n, double *a, double *s, double *u, double *vt) {
  if (!ck_blas_load()) return NO_LIBRARY;
  ck_size k = m < n ? m : n;
  return ck_call_watched(&(struct ck_call){gesdd, m, n, k, {a, s, u, vt}, {m * n, k, m * k, k * n}},
                         is_long(m, n, k));
}
