// Addresses of what machine code calls.
#pragma once
#include "cemit.h"

#ifdef __cplusplus
extern "C" {
#endif

/// NULL for `EM_PERFORM`, which the context has.
void *em_address(enum em_function function);
/// Whether a function's last argument is the number of a kernel.
int em_takes_kernel(enum em_function function);
/// One that is that kernel and has no such argument; NULL where there is none.
void *em_kernel(enum em_function function, int64_t kernel);

#ifdef __cplusplus
}
#endif
