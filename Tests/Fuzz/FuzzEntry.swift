import Glibc

/// What libFuzzer calls with each input; every target has a `fuzzed` of its own, in a file of its own.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  fuzzed(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

/// Ends the program where something that must hold of every input does not.
func require(_ condition: Bool, _ what: String) {
  if condition { return }
  let text = Array("does not hold: \(what)\n".utf8)
  _ = write(STDERR_FILENO, text, text.count)
  abort()
}
