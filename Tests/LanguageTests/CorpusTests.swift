import Data
import Diagnostics
import Experiments
import Foundation
import Language
import Syntax
import Tensors
import Testing
import Values

/// Inputs that fuzzing begins with or has found, tried by everything that reads such inputs (`scripts/fuzz` goes on from
/// them).
@Suite struct CorpusTests {
  static func inputs(_ folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root + "/Tests/Corpus/" + folder)) ?? []
    return names.sorted().map { folder + "/" + $0 }
  }

  private static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: root + "/Tests/Corpus/" + name)))
  }

  @Test func theCorpusIsThere() {
    #expect(Self.inputs("text").count >= 9 && Self.inputs("data").count >= 13)
    #expect(Self.inputs("checkpoint").count >= 9)
    for kind in ["text", "data", "checkpoint", "choices"] { #expect(Self.inputs("found/" + kind).count >= 20) }
  }

  @Test(arguments: inputs("text")) func textsAreReadCheckedAndFormatted(name: String) throws { try Self.tryText(name) }

  @Test func foundTextsAreReadCheckedAndFormatted() throws {
    for name in Self.inputs("found/text") { try Self.tryText(name) }
  }

  private static func tryText(_ name: String) throws {
    let source = SourceText(name: name, bytes: try bytes(name))
    var lexer = Lexer(source, file: 0)
    let tokens = lexer.run().tokens
    #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0.lower <= $1.lower && $1.lower <= $1.upper }, "\(name)")
    let parsed = Parser.parse(source)
    #expect(parsed.diagnostics.allSatisfy { Int($0.span?.upper ?? 0) <= source.bytes.count + 1 }, "\(name)")
    if parsed.isSound {
      let formatted = SourceText(name: name, Formatter.format(parsed, source))
      let again = Parser.parse(formatted)
      #expect(again.isSound && Formatter.format(again, formatted).utf8.elementsEqual(formatted.bytes), "\(name)")
      #expect(again.tree.outline == parsed.tree.outline, "\(name)")
    }
    var options = SessionOptions()
    options.limits.operations = 10_000
    // Not the memory in all: that limit is one for all tests of the process.
    options.limits.tensorElements = 1 << 16
    let codes = checking(source, options: options).codes
    #expect(!parsed.isSound || codes.allSatisfy { !$0.hasPrefix("E02") }, "\(name)")
    #expect(parsed.isSound || !codes.isEmpty, "\(name)")
  }

  @Test(arguments: inputs("data")) func dataAreTablesOrMistakes(name: String) throws {
    let read = try Self.readers(name)
    let isTwoThings = ["data/a.npy", "data/a.npz", "data/a.libsvm", "data/a.idx"].contains(name)
    let isDamaged = name.hasPrefix("data/cut") || name.hasPrefix("data/huge")
    // Bytes that are not compressed are returned as they are.
    #expect(read >= (isTwoThings ? 2 : 1) || isDamaged)
  }

  @Test func foundDataAreTablesOrMistakes() throws {
    for name in Self.inputs("found/data") { _ = try Self.readers(name) }
  }

  /// How many readers take the bytes; arrays have as many values as their sizes say.
  private static func readers(_ name: String) throws -> Int {
    let bytes = try bytes(name)
    var read = 0
    func attempt(_ body: () throws -> [NumberArray]) {
      guard let arrays = try? body() else { return }
      read += 1
      for array in arrays { #expect(Shape(array.sizes).count == array.values.count, "\(name)") }
    }
    attempt {
      _ = try CSVReader.read(bytes, file: name)
      return []
    }
    attempt {
      _ = try LIBSVMReader.read(bytes, file: name)
      return []
    }
    attempt { [try NPYReader.read(bytes, file: name)] }
    attempt { try NPZReader.read(bytes, file: name).map(\.array) }
    attempt { [try IDXReader.read(bytes, file: name)] }
    for kind in [CIFARReader.Kind.cifar10, .cifar100] {
      attempt {
        let (images, labels) = try CIFARReader.read(bytes, kind: kind, file: name)
        return [images, labels]
      }
    }
    attempt {
      _ = try Gzip.expanded(bytes, file: name)
      return []
    }
    return read
  }

  /// What the files below `checkpoint` hold where they are whole: a checkpoint's payload, or that of a kept run.
  private static let whole = [
    "checkpoint/batches": "checkpoint", "checkpoint/started": "checkpoint", "checkpoint/stopped": "checkpoint",
    "checkpoint/diverged": "run", "checkpoint/kept": "run",
  ]

  @Test(arguments: inputs("checkpoint")) func damagedCheckpointsAreToldApart(name: String) throws {
    #expect(throws: CheckpointDamage.self) { try RunCheckpoint(bytes: try Self.bytes(name)) }
    let read = try Self.tryCheckpoint(name)
    #expect(read == Self.whole[name])
  }

  @Test func foundCheckpointsAreReadOrDamaged() throws {
    for name in Self.inputs("found/checkpoint") { _ = try Self.tryCheckpoint(name) }
  }

  /// What the bytes are behind a head and a digest that are right, so that the content itself is looked at.
  private static func tryCheckpoint(_ name: String) throws -> String? {
    let bytes = try bytes(name)
    func signed(_ bytes: [UInt8]) -> [UInt8] {
      var digest = Digest()
      digest.add(bytes)
      return bytes + digest.bytes
    }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
    do {
      let checkpoint = try RunCheckpoint(bytes: signed(Array("descent checkpoint 3\n".utf8) + length + bytes))
      #expect(try RunCheckpoint(bytes: checkpoint.encoded).encoded == checkpoint.encoded, "\(name)")
      return "checkpoint"
    } catch { #expect(error as? CheckpointDamage == .altered, "\(name)") }
    let run = Array("descent run 1\n".utf8) + [UInt8](repeating: 0, count: 8) + bytes
    guard let record = RunRecord(bytes: signed(run), key: "") else { return nil }
    let written = record.encoded(key: "")
    #expect(RunRecord(bytes: written, key: "")?.encoded(key: "") == written, "\(name)")
    return "run"
  }

  /// Scripts that the bytes choose: whatever is chosen checks and runs.
  @Test func foundChoicesMakeScriptsThatRun() throws {
    for name in Self.inputs("found/choices") {
      var rest = try Self.bytes(name)[...]
      let script = GeneratedScripts { count in Int(rest.popFirst() ?? 0) % count }.script()
      #expect(checking(script).codes.allSatisfy { $0.hasPrefix("W") }, "\(name)\n\(script)")
      #expect(outcome(of: script).outcome == .finished, "\(name)\n\(script)")
    }
  }
}
