import CZlib
import Data
import Diagnostics
import Foundation
import Testing

/// The fault that `body` throws, or nil with an issue where it throws none.
func fault<T>(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws(DataError) -> T
) -> DataFault? {
  do {
    _ = try body()
    Issue.record("no error was thrown", sourceLocation: sourceLocation)
    return nil
  } catch { return error.fault }
}

/// The code and words that a user reads about the fault which `body` throws.
func message<T>(_ body: () throws(DataError) -> T) -> String {
  do {
    _ = try body()
    return "no error"
  } catch {
    let diagnostic = Diagnostic.data(error, at: nil)
    return ([diagnostic.code + " " + diagnostic.message] + diagnostic.notes + diagnostic.help).joined(separator: "\n")
  }
}

extension [UInt8] {
  /// Compressed as a gzip file.
  func gzipped(level: Int32 = 9) -> [UInt8] { deflated(windowBits: 31, level: level) }

  /// Compressed by zlib; window bits 31 give a gzip file, -15 a raw stream.
  func deflated(windowBits: Int32, level: Int32 = 9) -> [UInt8] {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    deflateInit2_(&stream, level, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
    defer { deflateEnd(&stream) }
    var input = self
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(count))))
    let produced = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        deflate(&stream, Z_FINISH)
        return target.count - Int(stream.avail_out)
      }
    }
    return Array(output[..<produced])
  }
}

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
  let path: String

  init() throws {
    let template = NSTemporaryDirectory() + "/descent-data-XXXXXX"
    var name = Array(template.utf8CString)
    guard mkdtemp(&name) != nil else { throw CocoaError(.fileWriteUnknown) }
    path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, making folders on the way, and returns its path.
  @discardableResult func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let place = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: FilePath.parent(place), withIntermediateDirectories: true)
    try Foundation.Data(bytes).write(to: URL(fileURLWithPath: place))
    return place
  }
}

/// A generator with a fixed seed for property tests (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

/// Bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
