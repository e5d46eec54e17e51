import Foundation
import Testing

/// The program runs where there is no Swift: its runtime is inside.
@Suite struct StandaloneTests {
  @Test func noLibraryOfTheToolchainIsAskedFor() throws {
    let (process, output) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["ldd", ProgramCall.program]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(text.contains("libc.so"), "ldd lists nothing: \(text)")
    for library in ["libswift", "libFoundation", "libdispatch", "libBlocksRuntime"] {
      #expect(!text.contains(library), "the program asks for \(library):\n\(text)")
    }
  }
}
