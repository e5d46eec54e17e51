import CMessages
import Diagnostics
import Engine
import Glibc
import Language
import Messages
import Tensors

/// A program that mpirun has started: it joins the other ranks, and leaves them when all are done.
enum RankLaunch {
  /// How many ranks were started, as those who start them tell by variables; 1 where nobody did.
  static var count: Int {
    for name in ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_SIZE"] {
      guard let text = variable(name) else { continue }
      return name == "PMIX_RANK" ? variable("SLURM_NTASKS").flatMap { Int($0) } ?? 1 : Int(text) ?? 1
    }
    return 1
  }

  /// How many of them are on this machine.
  private static var localCount: Int { variable("OMPI_COMM_WORLD_LOCAL_SIZE").flatMap { Int($0) } ?? count }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  private static var processors: Int { Int(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  /// Threads for each rank, where nobody has said how many.
  static var threads: Int { max(1, processors / max(1, localCount)) }

  /// Does something as one of several ranks, or alone.
  ///
  /// - Parameter body: gives the exit status and, where it failed, why.
  static func run(
    _ console: Console, _ body: (RankChannel?) throws -> (status: ExitStatus, words: String)
  ) throws -> ExitStatus {
    guard count > 1 else { return try body(nil).status }
    guard let transport = try joined(console) else { return .unavailable }
    let ranks = RankChannel(transport)
    do {
      try transport.introduce(ranks)
      let (status, words) = try body(ranks)
      finish(ranks, transport, status, words, console)
      return status
    } catch {
      let finding = (error as? Diagnostic) ?? (error as? RankFault).map { Diagnostic.ranksFailed($0) }
      if ranks.isFirst, let finding { console.report([finding], SourceMap()) }
      finish(ranks, transport, .dataError, finding?.message ?? "\(error)", console)
      if finding != nil { return .dataError }
      throw error
    }
  }

  /// Nil, and told by the first rank, where there is no way to the others.
  private static func joined(_ console: Console) throws -> MessageRanks? {
    let isOther = variable("OMPI_COMM_WORLD_SIZE") == nil && variable("PMIX_RANK") == nil
    let outcome = isOther ? Int32(CM_OTHER) : cm_load()
    guard outcome == Int32(CM_LOADED) else {
      let own = variable("OMPI_COMM_WORLD_RANK") ?? variable("PMIX_RANK") ?? variable("PMI_RANK") ?? "0"
      if own == "0" {
        console.report(
          [.noMessageLibrary(ranks: count, isOther: outcome == Int32(CM_OTHER))], SourceMap())
      }
      return nil
    }
    do { return try MessageRanks(isCrowded: localCount > processors) } catch { throw Diagnostic.ranksFailed(error) }
  }

  /// Tells the others the end; where they have ended otherwise, all are ended.
  private static func finish(
    _ ranks: RankChannel, _ transport: MessageRanks, _ status: ExitStatus, _ words: String, _ console: Console
  ) {
    if ranks.isFirst {
      console.output.flush()
      console.error.flush()
    }
    if ranks.end(UInt8(truncatingIfNeeded: status.rawValue), words) { return transport.leave() }
    if ranks.isFirst, status == .finished {
      for parting in ranks.partings { console.error.write("rank \(parting.rank) has ended: \(parting.words)\n") }
      console.error.flush()
    }
    // The first one says why, before all are ended.
    if !ranks.isFirst { usleep(1_500_000) }
    transport.abort(status == .finished ? ExitStatus.dataError.rawValue : status.rawValue)
  }

  /// Refuses ranks that would compute otherwise than the first one.
  static func requireAlike(_ ranks: RankChannel, _ facts: [(name: String, value: String)]) throws {
    let all = facts + [("the kernels of OpenBLAS", LinearAlgebra.libraryKernels ?? "none")]
    let found = try ranks.gather(Array(all.map(\.value).joined(separator: "\0").utf8)).map { bytes in
      String(decoding: bytes, as: UTF8.self).split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
    }
    for (rank, values) in found.enumerated() {
      for (place, fact) in all.enumerated() where values.count <= place || values[place] != found[0][place] {
        let other = values.count > place ? values[place] : "nothing"
        throw Diagnostic.unlikeRanks(rank, "\(fact.name): `\(other)` there, `\(found[0][place])` here")
      }
    }
  }
}

extension Diagnostic {
  fileprivate static func noMessageLibrary(ranks: Int, isOther: Bool) -> Diagnostic {
    Diagnostic(
      "E1012", effect: .data,
      isOther
        ? "the \(ranks) ranks were not started by Open MPI, which is needed"
        : "\(ranks) ranks were started, and Open MPI's library is not installed",
      at: nil, help: ["install the packages `libopenmpi3` and `openmpi-bin`, and start with the latter's `mpirun`"])
  }
}
