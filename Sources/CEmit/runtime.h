// Where machine code lies, and what is said where it cannot be made.
#pragma once
#include <asmjit/x86.h>
#include <cstdio>

namespace emit {

/// Never destroyed, so that nothing runs when the process ends.
asmjit::JitRuntime *runtime();

struct Refusal : asmjit::ErrorHandler {
  char *const message;
  const size_t room;
  Refusal(char *text, size_t bytes) : message(text), room(bytes) {}
  void handleError(asmjit::Error, const char *text, asmjit::BaseEmitter *) override { snprintf(message, room, "%s", text); }
};

}  // namespace emit
