import Data
import Engine
import Graph
import Tensors

/// A run as a file: what it is, without what it gives.
///
/// Whoever has the file can make the run, on another machine too, without the script and its data. A file is as much to be
/// trusted as the program that wrote it: its digest tells damage and not intent. That its parts fit together is looked at;
/// the attributes of its operations are taken as they are.
package struct RunFile: Sendable {
  /// What the run is called.
  package var name: String
  /// What a reader must know to repeat it, in words.
  package var header: [String]
  /// The release of the program that wrote it.
  package var release: String
  package var spec: RunSpec

  package init(name: String, header: [String], release: String, spec: RunSpec) {
    self.name = name
    self.header = header
    self.release = release
    self.spec = spec
  }
}

/// Why a file is not one of a run.
package enum RunFileDamage: Error, Hashable, Sendable {
  case notARun
  /// Of another form than this release writes.
  case otherFormat(String)
  /// Shorter or longer than it says, or its digest is not that of its content.
  case altered
  /// Whole, and of properties or operations that this build of the program does not have.
  case otherBuild
  /// Whole, and of parts that do not go together.
  case misfit
}

// MARK: - As bytes

/// The form of the file:
///
///     file    ::= "descent run file " version "\n" content digest
///     content ::= name header release tensors spec
///
/// Everything is written as `ByteEncoder` does; in `spec` a tensor is its place among `tensors`, so that data which many
/// programs share is there once. The digest is that of all bytes before it.
extension RunFile {
  private static let magic = Array("descent run file ".utf8)
  private static let version = "1"
  private static let digestCount = 32

  /// What stands before the run itself.
  private struct Head: Codable {
    var name: String
    var header: [String]
    var release: String
    var tensors: [Tensor]
  }

  /// Whether bytes begin as those of a file of a run.
  package static func begins(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic) }

  package var encoded: [UInt8] {
    let body = ByteEncoder(.places)
    body.write(spec)
    let head = Head(name: name, header: header, release: release, tensors: body.tensors)
    let content = Self.magic + Array("\(Self.version)\n".utf8) + ByteEncoder.bytes(of: head) + body.bytes
    var digest = Digest()
    digest.add(content)
    return content + digest.bytes
  }

  package init(bytes: [UInt8]) throws(RunFileDamage) {
    guard Self.begins(bytes), let end = bytes.prefix(Self.magic.count + 20).firstIndex(of: 10) else { throw .notARun }
    let version = String(decoding: bytes[Self.magic.count..<end], as: UTF8.self)
    guard version == Self.version else { throw .otherFormat(version) }
    guard bytes.count >= end + 1 + Self.digestCount else { throw .altered }
    let content = Array(bytes.dropLast(Self.digestCount))
    var digest = Digest()
    digest.add(content)
    guard digest.bytes == Array(bytes.suffix(Self.digestCount)) else { throw .altered }
    do {
      let reader = ByteDecoder(content, from: end + 1)
      let head = try reader.read(Head.self)
      let body = ByteDecoder(content, from: reader.position, tensors: head.tensors)
      let spec = try body.read(RunSpec.self)
      guard body.position == content.count else { throw RunFileDamage.otherBuild }
      guard spec.isWhole else { throw RunFileDamage.misfit }
      self.init(name: head.name, header: head.header, release: head.release, spec: spec)
    } catch { throw error as? RunFileDamage ?? .otherBuild }
  }
}

extension RunSpec {
  /// Whether its parts fit together, so that it can be run: a file may say what no script does.
  var isWhole: Bool {
    guard length >= 0, let first = segments.first, first.dynamics.start == 0,
      start.map(\.type) == first.dynamics.step.slots.map(\.type)
    else { return false }
    var before = 0
    for segment in segments {
      let (dynamics, recorded) = (segment.dynamics, segment.recorded)
      let types = dynamics.step.slots.map(\.type)
      let frame = FeedFrame(types: types, sampling: dynamics.sampling, paths: paths)
      guard dynamics.start >= before, dynamics.step.program.isStep(in: frame) else { return false }
      if let paths, paths < 1 || types.contains(where: { $0.shape.sizes.first != paths }) { return false }
      if let sampling = dynamics.sampling {
        guard sampling.turns >= 1, sampling.batch >= sampling.turns, sampling.batch % sampling.turns == 0,
          sampling.turns == 1 || !sampling.keepsRest, sampling.count >= 1, sampling.count <= 1 << 31,
          (0...dynamics.start).contains(sampling.start),
          (sampling.order != .permuted && sampling.order != .subset)
            || sampling.batch / sampling.turns <= sampling.count,
          (0..<sampling.count).contains(sampling.first), sampling.first == 0 || sampling.order == .cyclic,
          sampling.order.hasRest || !sampling.keepsRest
        else { return false }
      }
      let all = recorded.metrics + recorded.lastMetrics.compactMap(\.self) + [recorded.stop].compactMap(\.self)
      for metrics in all where !metrics.fits(frame) { return false }
      guard recorded.lastMetrics.count <= recorded.metrics.count else { return false }
      before = dynamics.start
    }
    return true
  }
}

extension FedProgram {
  /// Whether the first inputs are slots of the frame's types, and carried values are theirs.
  fileprivate func isStep(in frame: FeedFrame) -> Bool {
    isFed(in: frame) && program.inputs.count >= frame.types.count
      && program.carried.allSatisfy { carried in
        frame.types.indices.contains(carried.input)
          && program.graph.type(carried.output) == frame.types[carried.input]
      }
  }

  /// Whether every input has a feed that there is, of its type.
  fileprivate func isFed(in frame: FeedFrame) -> Bool {
    feeds.count == program.inputs.count
      && zip(feeds, program.inputs).allSatisfy { frame.has($0, program.graph.type($1), externals) }
  }
}

extension MetricSpec {
  fileprivate func fits(_ frame: FeedFrame) -> Bool {
    let outputs = program.program.outputs
    let isRecorded = outputs.allSatisfy { program.program.graph.type($0).count == 1 }
    return program.isFed(in: frame) && program.program.carried.isEmpty && isRecorded
      && outputs.count == names.count + (isConditional ? 1 : 0) && lossOutputs.allSatisfy(outputs.indices.contains)
      && times.isSound
  }
}

extension RecordingTimes {
  fileprivate var isSound: Bool {
    switch self {
    case .every(let interval): interval >= 1
    case .at(let steps): zip(steps, steps.dropFirst()).allSatisfy(<) && (steps.first ?? 0) >= 0
    case .end: true
    }
  }
}
