// Open MPI 3 to 5, found at run time. Its constants are addresses of objects in the library (`MPI_COMM_WORLD` is
// `&ompi_mpi_comm_world`), and its functions take them as pointers, so no header is needed.
#define _GNU_SOURCE
#include "cmessages.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/// `MPI_Status` of Open MPI.
struct status {
  int source, tag, error, cancelled;
  size_t count;
};

typedef void *handle;

static struct {
  int (*start)(int *, char ***, int, int *);
  int (*stop)(void);
  int (*abort)(handle, int);
  int (*rank)(handle, int *);
  int (*size)(handle, int *);
  int (*send)(const void *, int, handle, int, int, handle, handle *);
  int (*receive)(void *, int, handle, int, int, handle, handle *);
  int (*test)(int, handle *, int *, struct status *);
  int (*count)(const struct status *, handle, int *);
  int (*handler)(handle, handle);
  int (*words)(int, char *, int *);
  handle world, byte, errors_return;
} mpi;

enum { SERIALIZED = 2, TAG = 77, WORDS = 512 };

static int self, peers;
static handle *requests;
static struct status *statuses;
static int *origins;
static int pending;
static char words[WORDS];

static int find(void *library, const char *name, void *place) {
  void *symbol = dlsym(library, name);
  memcpy(place, &symbol, sizeof symbol);
  return symbol != NULL;
}

int cm_load(void) {
  // Its components look for the library's symbols among those of the program.
  void *library = dlopen("libmpi.so.40", RTLD_NOW | RTLD_GLOBAL);
  if (!library) library = dlopen("libmpi.so", RTLD_NOW | RTLD_GLOBAL);
  if (!library) return CM_MISSING;
  int all = find(library, "MPI_Init_thread", &mpi.start) && find(library, "MPI_Finalize", &mpi.stop) &&
            find(library, "MPI_Abort", &mpi.abort) && find(library, "MPI_Comm_rank", &mpi.rank) &&
            find(library, "MPI_Comm_size", &mpi.size) && find(library, "MPI_Isend", &mpi.send) &&
            find(library, "MPI_Irecv", &mpi.receive) && find(library, "MPI_Testall", &mpi.test) &&
            find(library, "MPI_Get_count", &mpi.count) && find(library, "MPI_Comm_set_errhandler", &mpi.handler) &&
            find(library, "MPI_Error_string", &mpi.words) && find(library, "ompi_mpi_comm_world", &mpi.world) &&
            find(library, "ompi_mpi_byte", &mpi.byte) && find(library, "ompi_mpi_errors_return", &mpi.errors_return);
  return all ? CM_LOADED : CM_OTHER;
}

/// Keeps what the library says of a failure; gives its code on.
static int noted(int code) {
  int length = 0;
  char text[4096];
  if (code == 0) return 0;
  words[0] = 0;
  if (mpi.words(code, text, &length) == 0) {
    strncpy(words, text, WORDS - 1);
    words[WORDS - 1] = 0;
  }
  return code;
}

int cm_join(int *rank, int *count) {
  int level = 0;
  int code = noted(mpi.start(NULL, NULL, SERIALIZED, &level));
  if (code) return code;
  mpi.handler(mpi.world, mpi.errors_return);
  mpi.rank(mpi.world, &self);
  mpi.size(mpi.world, &peers);
  requests = calloc(2 * (size_t)peers, sizeof *requests);
  statuses = calloc(2 * (size_t)peers, sizeof *statuses);
  origins = calloc(2 * (size_t)peers, sizeof *origins);
  *rank = self;
  *count = peers;
  return requests && statuses && origins ? 0 : -1;
}

int cm_begin(const void *own, int64_t bytes, void *const *buffers, const int64_t *capacities) {
  pending = 0;
  for (int other = 0; other < peers; other++) {
    if (other == self || capacities[other] <= 0) continue;
    int code = mpi.receive(buffers[other], (int)capacities[other], mpi.byte, other, TAG, mpi.world, &requests[pending]);
    if (code) return noted(code);
    origins[pending++] = other;
  }
  // Each begins with its neighbour, so that not all send to the same one first.
  for (int step = 1; bytes > 0 && step < peers; step++) {
    int other = (self + step) % peers;
    int code = mpi.send(own, (int)bytes, mpi.byte, other, TAG, mpi.world, &requests[pending]);
    if (code) return noted(code);
    origins[pending++] = -1;
  }
  return 0;
}

int cm_poll(int64_t *received) {
  int done = 0;
  if (pending == 0) return 1;
  int code = mpi.test(pending, requests, &done, statuses);
  if (code) {
    for (int i = 0; i < pending; i++)
      if (statuses[i].error > 0 && noted(statuses[i].error)) return -1;
    noted(code);
    return -1;
  }
  if (!done) return 0;
  for (int i = 0; i < pending; i++) {
    int count = 0;
    if (origins[i] < 0) continue;
    mpi.count(&statuses[i], mpi.byte, &count);
    received[origins[i]] = count;
  }
  pending = 0;
  return 1;
}

const char *cm_failure(void) { return words; }

void cm_leave(void) { mpi.stop(); }

void cm_abort(int status) { mpi.abort(mpi.world, status); }
