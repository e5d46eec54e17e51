// OpenBLAS and its LAPACK, found at run time.
#define _GNU_SOURCE
#include "ck_blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "ck_level.h"

typedef int32_t lapack_int;

// Functions of the library by type. Fortran takes lengths of characters at the end.
#define DEFINE_TABLE(T, S)                                                                                         \
  struct table_##S {                                                                                               \
    void (*gemm)(int, int, int, int, int, int, T, const T *, int, const T *, int, T, T *, int);                    \
    void (*potrf)(const char *, const lapack_int *, T *, const lapack_int *, lapack_int *, size_t);                \
    void (*gesv)(const lapack_int *, const lapack_int *, T *, const lapack_int *, lapack_int *, T *,               \
                 const lapack_int *, lapack_int *);                                                                \
    void (*getrf)(const lapack_int *, const lapack_int *, T *, const lapack_int *, lapack_int *, lapack_int *);    \
    void (*geqrf)(const lapack_int *, const lapack_int *, T *, const lapack_int *, T *, T *, const lapack_int *,   \
                  lapack_int *);                                                                                   \
    void (*orgqr)(const lapack_int *, const lapack_int *, const lapack_int *, T *, const lapack_int *, const T *,  \
                  T *, const lapack_int *, lapack_int *);                                                          \
    void (*syevd)(const char *, const char *, const lapack_int *, T *, const lapack_int *, T *, T *,               \
                  const lapack_int *, lapack_int *, const lapack_int *, lapack_int *, size_t, size_t);             \
    void (*gesdd)(const char *, const lapack_int *, const lapack_int *, T *, const lapack_int *, T *, T *,         \
                  const lapack_int *, T *, const lapack_int *, T *, const lapack_int *, lapack_int *,              \
                  lapack_int *, size_t);                                                                           \
  };                                                                                                               \
  static struct table_##S table_##S;
DEFINE_TABLE(double, f64)
DEFINE_TABLE(float, f32)

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int loaded;
static atomic_int allowed = 1;
static const char *kernels = "";

static int find(void *library, const char *name, void *function) {
  void *symbol = dlsym(library, name);
  memcpy(function, &symbol, sizeof symbol);
  return symbol != NULL;
}

static int find_all(void *library) {
#define FIND(S, letter, name) find(library, letter #name "_", &table_##S.name)
#define FIND_LAPACK(S, letter)                                                                                     \
  FIND(S, letter, potrf) && FIND(S, letter, gesv) && FIND(S, letter, getrf) && FIND(S, letter, geqrf) &&           \
      FIND(S, letter, orgqr) && FIND(S, letter, syevd) && FIND(S, letter, gesdd)
  return find(library, "cblas_dgemm", &table_f64.gemm) && find(library, "cblas_sgemm", &table_f32.gemm) &&
         FIND_LAPACK(f64, "d") && FIND_LAPACK(f32, "s");
}

/// Sets a variable for the time of loading; 1 if it has to be removed again.
static int lend(const char *name, const char *value) {
  return getenv(name) == NULL && setenv(name, value, 1) == 0;
}

static void load(void) {
  // The library chooses its kernels while it is loaded, and does not know newer processors by name.
  int core = ck_best_level() == 4 && lend("OPENBLAS_CORETYPE", "SKYLAKEX");
  int threads = lend("OPENBLAS_NUM_THREADS", "1");
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  if (core) unsetenv("OPENBLAS_CORETYPE");
  if (threads) unsetenv("OPENBLAS_NUM_THREADS");
  if (!library) return;
  if (!find_all(library)) {
    dlclose(library);
    return;
  }
  void (*set)(int) = NULL;
  if (find(library, "openblas_set_num_threads", &set)) set(1);
  const char *(*core_name)(void) = NULL;
  if (find(library, "openblas_get_corename", &core_name)) kernels = core_name();
  loaded = 1;
}

int ck_blas_load(void) {
  if (!atomic_load(&allowed)) return 0;
  pthread_once(&once, load);
  return loaded;
}

void ck_blas_allow(int yes) { atomic_store(&allowed, yes); }

const char *ck_blas_kernels(void) { return ck_blas_load() ? kernels : ""; }

enum { NO_LIBRARY = -1000, NO_MEMORY = -1001 };

static ck_size larger(ck_size a, ck_size b) { return a > b ? a : b; }

#define DEFINE_LAPACK(T, S)                                                                                        \
  void ck_blas_gemm_##S(int ta, int tb, ck_size m, ck_size n, ck_size k, T alpha, const T *A, ck_size lda,         \
                        const T *B, ck_size ldb, T beta, T *C, ck_size ldc) {                                      \
    table_##S.gemm(101, ta ? 112 : 111, tb ? 112 : 111, (int)m, (int)n, (int)k, alpha, A, (int)lda, B, (int)ldb,   \
                   beta, C, (int)ldc);                                                                             \
  }                                                                                                                \
  int ck_lapack_potrf_##S(ck_size size, T *a) {                                                                    \
    if (!ck_blas_load()) return NO_LIBRARY;                                                                        \
    lapack_int n = (lapack_int)size, ld = (lapack_int)larger(1, size), info = 0;                                   \
    table_##S.potrf("L", &n, a, &ld, &info, 1);                                                                    \
    return info;                                                                                                   \
  }                                                                                                                \
  int ck_lapack_gesv_##S(ck_size size, ck_size columns, T *a, T *b) {                                              \
    if (!ck_blas_load()) return NO_LIBRARY;                                                                        \
    lapack_int n = (lapack_int)size, c = (lapack_int)columns, ld = (lapack_int)larger(1, size), info = 0;          \
    lapack_int *pivot = malloc((size_t)(size + 1) * sizeof *pivot);                                                \
    if (!pivot) return NO_MEMORY;                                                                                  \
    table_##S.gesv(&n, &c, a, &ld, pivot, b, &ld, &info);                                                          \
    free(pivot);                                                                                                   \
    return info;                                                                                                   \
  }                                                                                                                \
  int ck_lapack_getrf_##S(ck_size rows, ck_size columns, T *a, int32_t *pivot) {                                   \
    if (!ck_blas_load()) return NO_LIBRARY;                                                                        \
    lapack_int m = (lapack_int)rows, n = (lapack_int)columns, ld = (lapack_int)larger(1, rows), info = 0;          \
    table_##S.getrf(&m, &n, a, &ld, pivot, &info);                                                                 \
    return info;                                                                                                   \
  }                                                                                                                \
  int ck_lapack_geqrf_##S(ck_size rows, ck_size columns, T *a, T *tau) {                                           \
    if (!ck_blas_load()) return NO_LIBRARY;                                                                        \
    lapack_int m = (lapack_int)rows, n = (lapack_int)columns, ld = (lapack_int)larger(1, rows), info = 0;          \
    lapack_int length = (lapack_int)(larger(1, columns) * 64);                                                     \
    T *work = malloc((size_t)length * sizeof(T));                                                                  \
    if (!work) return NO_MEMORY;                                                                                   \
    table_##S.geqrf(&m, &n, a, &ld, tau, work, &length, &info);                                                    \
    free(work);                                                                                                    \
    return info;                                                                                                   \
  }                                                                                                                \
  int ck_lapack_orgqr_##S(ck_size rows, ck_size columns, ck_size reflectors, T *a, const T *tau) {                 \
    if (!ck_blas_load()) return NO_LIBRARY;                                                                        \
    lapack_int m = (lapack_int)rows, n = (lapack_int)columns, k = (lapack_int)reflectors;                          \
    lapack_int ld = (lapack_int)larger(1, rows), info = 0, length = (lapack_int)(larger(1, columns) * 64);         \
    T *work = malloc((size_t)length * sizeof(T));                                                                  \
    if (!work) return NO_MEMORY;                                                                                   \
    table_##S.orgqr(&m, &n, &k, a, &ld, tau, work, &length, &info);                                                \
    free(work);                                                                                                    \
    return info;                                                                                                   \
  }                                                                                                                \
  int ck_lapack_syevd_##S(ck_size size, T *a, T *values) {                                                         \
    if (!ck_blas_load()) return NO_LIBRARY;                                                                        \
    lapack_int n = (lapack_int)size, ld = (lapack_int)larger(1, size), info = 0, wholeLength = 0, length = -1;     \
    lapack_int query = -1;                                                                                         \
    T best = 0;                                                                                                    \
    table_##S.syevd("V", "L", &n, a, &ld, values, &best, &length, &wholeLength, &query, &info, 1, 1);              \
    length = (lapack_int)((double)best * 1.001) + 16;                                                              \
    T *work = malloc((size_t)length * sizeof(T));                                                                  \
    lapack_int *whole = malloc((size_t)larger(1, wholeLength) * sizeof *whole);                                    \
    if (work && whole)                                                                                             \
      table_##S.syevd("V", "L", &n, a, &ld, values, work, &length, whole, &wholeLength, &info, 1, 1);              \
    else info = NO_MEMORY;                                                                                         \
    free(work);                                                                                                    \
    free(whole);                                                                                                   \
    return info;                                                                                                   \
  }                                                                                                                \
  int ck_lapack_gesdd_##S(ck_size rows, ck_size columns, T *a, T *s, T *u, T *vt) {                                \
    if (!ck_blas_load()) return NO_LIBRARY;                                                                        \
    ck_size small = rows < columns ? rows : columns;                                                               \
    lapack_int m = (lapack_int)rows, n = (lapack_int)columns, ld = (lapack_int)larger(1, rows);                    \
    lapack_int ldvt = (lapack_int)larger(1, small), info = 0, length = -1;                                         \
    lapack_int *whole = malloc((size_t)larger(1, 8 * small) * sizeof *whole);                                      \
    if (!whole) return NO_MEMORY;                                                                                  \
    T best = 0;                                                                                                    \
    table_##S.gesdd("S", &m, &n, a, &ld, s, u, &ld, vt, &ldvt, &best, &length, whole, &info, 1);                   \
    length = (lapack_int)((double)best * 1.001) + 16;                                                              \
    T *work = malloc((size_t)length * sizeof(T));                                                                  \
    if (work) table_##S.gesdd("S", &m, &n, a, &ld, s, u, &ld, vt, &ldvt, work, &length, whole, &info, 1);          \
    else info = NO_MEMORY;                                                                                         \
    free(work);                                                                                                    \
    free(whole);                                                                                                   \
    return info;                                                                                                   \
  }
DEFINE_LAPACK(double, f64)
DEFINE_LAPACK(float, f32)
