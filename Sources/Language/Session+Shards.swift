import Data
package import Diagnostics
import Evaluation
import Experiments
import Messages
import Results
import Syntax
import Tensors
import Values

extension Session {
  /// How often the shards of a script must be run one after the other.
  ///
  /// - Throws: a finding where there is nothing to divide.
  package static func shardStages(of source: SourceText) throws(Diagnostic) -> Int {
    let tree = Parser.parse(source, file: 0).tree
    let slice = ShardSlice(tree) { source.text(tree.span($0)) }
    guard slice.parts.contains(where: \.hasSweep) else { throw .nothingToDivide(source.name) }
    return slice.stages
  }

  /// Runs a script as the options say: the whole of it, or a share of its runs.
  func evaluate(_ source: SourceText, _ code: Code, by evaluator: Evaluator, _ context: SessionContext)
    throws(Diagnostic)
  {
    context.scriptName = source.name
    guard let records = options.records else { return try evaluator.evaluateTop(code, in: evaluator.globals) }
    let slice = ShardSlice(code.tree) { context.sources.text(code.tree.span($0)) }
    let own = status(of: source, slice, records)
    let known = ShardStatus.all(in: records.host)
    context.failedKeys = Set(known.flatMap(\.members).filter { !$0.failure.isEmpty }.map(\.key))
    guard let shard = records.shard else {
      context.otherRecords = known.lazy.compactMap(own.difference).first
      return try evaluator.evaluateTop(code, in: evaluator.globals)
    }
    for status in known {
      if let difference = own.difference(from: status) { throw .recordsOfAnother(status, difference: difference) }
    }
    try requireIdle(known, shard, records)
    guard slice.parts.contains(where: \.hasSweep) else { throw .nothingToDivide(source.name) }
    let work = ShardWork(shard, ShardLog(records, shard, own))
    context.shard = work
    try evaluate(code, slice, by: evaluator, work)
  }

  private func evaluate(_ code: Code, _ slice: ShardSlice, by evaluator: Evaluator, _ work: ShardWork)
    throws(Diagnostic)
  {
    work.log.tell()
    do {
      try evaluator.requireKept(at: Span(file: code.tree.file, 0, 0))
      try evaluator.evaluateShard(code, slice, in: evaluator.globals, work)
    } catch {
      work.log.tell(.stopped, error.message)
      throw error
    }
    work.log.tell(.ended)
    try evaluator.requireKept(at: Span(file: code.tree.file, 0, 0))
  }

  /// What a process of this script says of itself at its beginning.
  private func status(of source: SourceText, _ slice: ShardSlice, _ records: RecordsOptions) -> ShardStatus {
    var digest = Digest()
    for part in slice.parts where part.isNeeded { digest.add(part.text + "\n") }
    digest.add("\(options.seed.map(String.init) ?? "")")
    for override in options.overrides { digest.add("\(Spelling.canonical(override.name))=\(override.text)") }
    return ShardStatus(
      script: source.name, identity: digest.text, release: options.release, index: records.shard?.index ?? 0,
      count: records.shard?.count ?? 1, machine: records.machine, process: records.process, told: 0, state: .running,
      reason: "", sweeps: [], waiting: [], members: [])
  }

  /// Two processes of one shard would do everything twice.
  private func requireIdle(_ known: [ShardStatus], _ shard: Shard, _ records: RecordsOptions) throws(Diagnostic) {
    guard let status = known.first(where: { $0.index == shard.index && $0.count == shard.count }) else { return }
    if status.isUnderWay(at: records.clock(), isAlive: records.isAlive) {
      throw .shardUnderWay(status, secondsAgo: max(0, records.clock() - status.told))
    }
  }
}
