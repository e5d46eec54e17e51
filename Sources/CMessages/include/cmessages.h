// The door to Open MPI, which is loaded when a program is started by its mpirun and not before.
#ifndef CMESSAGES_H
#define CMESSAGES_H

#include <stdint.h>

/// What became of loading the library.
enum { CM_LOADED = 0, CM_MISSING = 1, CM_OTHER = 2 };

/// Loads Open MPI's library: CM_MISSING where there is none, CM_OTHER where what is there lacks something.
int cm_load(void);

/// Joins the other processes that were started together with this one; not 0 where that fails.
int cm_join(int *rank, int *count);

/// Begins to send `bytes` of `own` to every other process, where that is not 0, and to receive from each process with a
/// capacity. All memory is the caller's until `cm_poll` says that it is done. Not 0 where that fails.
int cm_begin(const void *own, int64_t bytes, void *const *buffers, const int64_t *capacities);

/// 1 where everything that was begun is done, with the bytes that each process has sent; 0 where not yet, and -1 where it
/// cannot be done any more.
int cm_poll(int64_t *received);

/// What the library says of the last failure.
const char *cm_failure(void);

/// Leaves the other processes in order; all of them must.
void cm_leave(void);

/// Ends all processes at once.
void cm_abort(int status);

#endif
