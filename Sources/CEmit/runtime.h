// What steps and loops share: where machine code lies, what is said where it cannot be made, how `vroundsd` rounds.
#pragma once
#include <asmjit/x86.h>
#include <cstdio>

namespace emit {

enum { NEAREST = 0, DOWN = 1, UP = 2, TOWARDS_0 = 3, NO_SIGNALS = 8 };

/// Never destroyed, so that nothing runs when the process ends.
asmjit::JitRuntime *runtime();

struct Refusal : asmjit::ErrorHandler {
  char *const message;
  const size_t room;
  Refusal(char *text, size_t bytes) : message(text), room(bytes) {}
  void handleError(asmjit::Error, const char *text, asmjit::BaseEmitter *) override { snprintf(message, room, "%s", text); }
};

}  // namespace emit
