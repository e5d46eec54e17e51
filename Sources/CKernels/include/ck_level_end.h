// Ends what `ck_level_begin.h` started.
#pragma clang diagnostic pop
#if defined(__x86_64__)
#pragma clang attribute pop
#endif
