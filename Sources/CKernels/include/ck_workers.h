// A pool of threads that share numbered blocks of work.
#pragma once
#include "ck_level.h"

/// Runs work(context, 0 … blocks - 1), each once, on up to `threads` threads (the caller is one of them), and
/// returns when all are done, or when what the caller watches (`ck_watch`) says stop. Which thread runs which block is not determined, so blocks write apart.
/// Nested calls run on the caller alone.
void ck_parallel(ck_size blocks, int threads, void (*work)(void *context, ck_size block), void *context);
/// Processors that this process may use.
int ck_processors(void);
/// Threads that large products use; 1 until set. Results do not depend on it.
void ck_set_threads(int threads);
int ck_threads(void);
