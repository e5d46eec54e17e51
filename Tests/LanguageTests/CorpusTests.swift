import Data
import Diagnostics
import Experiments
import Foundation
import Language
import Syntax
import Tensors
import Testing

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
    #expect(Self.inputs("text").count >= 9 && Self.inputs("data").count >= 11)
    #expect(Self.inputs("checkpoint").count >= 4)
  }

  @Test(arguments: inputs("text")) func textsAreReadCheckedAndFormatted(name: String) throws {
    let source = SourceText(name: name, bytes: try Self.bytes(name))
    let parsed = Parser.parse(source)
    #expect(parsed.diagnostics.allSatisfy { Int($0.span?.upper ?? 0) <= source.bytes.count + 1 })
    let (once, findings) = Formatter.format(source)
    if !findings.contains(where: { $0.severity == .error }) {
      #expect(Formatter.format(SourceText(name: name, once)).text == once)
    }
    var options = SessionOptions()
    options.limits.operations = 10_000
    let session = Session(host: MemoryHost(), options: options, output: { _ in }, progress: nil, interrupt: nil)
    let report = session.check(source)
    #expect(!parsed.isSound || report.diagnostics.allSatisfy { !$0.code.hasPrefix("E02") })
    #expect(parsed.isSound || !report.diagnostics.isEmpty)
  }

  @Test(arguments: inputs("data")) func dataAreTablesOrMistakes(name: String) throws {
    let bytes = try Self.bytes(name)
    var read = 0
    func attempt(_ body: () throws -> Void) { if (try? body()) != nil { read += 1 } }
    attempt { _ = try CSVReader.read(bytes, file: name) }
    attempt { _ = try LIBSVMReader.read(bytes, file: name) }
    attempt { _ = try NPYReader.read(bytes, file: name) }
    attempt { _ = try NPZReader.read(bytes, file: name) }
    attempt { _ = try IDXReader.read(bytes, file: name) }
    attempt { _ = try CIFARReader.read(bytes, kind: .cifar10, file: name) }
    attempt { _ = try Gzip.expanded(bytes, file: name) }
    let isTwoThings = ["data/a.npy", "data/a.npz", "data/a.libsvm", "data/a.idx"].contains(name)
    let isDamaged = name.hasPrefix("data/cut") || name.hasPrefix("data/huge")
    // Bytes that are not compressed are returned as they are.
    #expect(read >= (isTwoThings ? 2 : 1) || isDamaged)
  }

  @Test(arguments: inputs("checkpoint")) func damagedCheckpointsAreToldApart(name: String) throws {
    let bytes = try Self.bytes(name)
    #expect(throws: CheckpointDamage.self) { try RunCheckpoint(bytes: bytes) }
    // The same behind a length and a digest that are right: the content itself is looked at.
    var digest = Digest()
    let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
    let whole = Array("descent checkpoint 2\n".utf8) + length + bytes
    digest.add(whole)
    #expect(throws: CheckpointDamage.altered) { try RunCheckpoint(bytes: whole + digest.bytes) }
  }
}
