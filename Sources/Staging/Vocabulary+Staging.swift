import Diagnostics
import Syntax
import Values

extension Vocabulary {
  /// Calls of networks and compressors.
  package mutating func addStaging() {
    addCalls(of: .network) { (evaluator, network, values, _, span) throws(Diagnostic) in
      try evaluator.applyNetwork(network, values, at: span)
    }
    addCalls(of: .compressor) { (evaluator, compressor, values, scope, span) throws(Diagnostic) in
      try evaluator.compressed(compressor, values, in: scope, at: span)
    }
  }
}
