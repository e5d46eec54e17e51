package import Diagnostics
package import Engine
import Experiments
import Messages
import Tensors
import Values

extension Evaluator {
  /// What ended a run or an evaluation, as a finding; at `span` where it does not know its own place.
  package func diagnostic(of error: any Error, at span: Span) -> Diagnostic {
    switch error {
    case let finding as Diagnostic: return finding
    case let fault as ProgramFault: return refusal(of: fault, at: span)
    case let fault as RunFault:
      var context = "in the update to step \(fault.step + 1)"
      if let names = fault.metrics {
        context = names.isEmpty ? "at step \(fault.step)" : "in \(Self.quoted(names)), recorded at step \(fault.step)"
      } else if let batch = fault.batch, let sample = Self.sample(of: fault.fault, in: batch) {
        context += ", sample \(sample + 1)"
      }
      return refusal(of: fault.fault, context, at: span)
    case let fault as RankFault: return session.failure(of: fault, at: span)
    case let error as MemoryError: return .memory(error, at: span)
    default: return .refused(error, at: span)
    }
  }

  /// Which sample an index is of, where each sample of the batch gives as many.
  private static func sample(of fault: ProgramFault, in batch: [Int]) -> Int? {
    guard !batch.isEmpty, fault.placeCount % batch.count == 0 else { return nil }
    return batch[fault.place / (fault.placeCount / batch.count)]
  }

  private static func quoted(_ names: [String]) -> String {
    names.prefix(3).map { "`\($0)`" }.joined(separator: ", ") + (names.count > 3 ? ", …" : "")
  }

  private func refusal(of fault: ProgramFault, _ context: String? = nil, at span: Span) -> Diagnostic {
    let place = place(of: fault.origin) ?? span
    var finding = Diagnostic.refusal(of: fault, context, at: place)
    if place != span { finding.labels.append(Diagnostic.Label(span, "needed here")) }
    return finding
  }

  /// Runs a program once.
  package func run(_ executable: Executable, at span: Span) throws(Diagnostic) {
    do { try executable.run() } catch { throw diagnostic(of: error, at: span) }
  }
}
