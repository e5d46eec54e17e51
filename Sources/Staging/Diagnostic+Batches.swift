package import Diagnostics
package import Experiments
import Messages

extension Diagnostic {
  /// What says `batch` where batches have two sizes.
  package static func batchSizeUnavailable(_ sampling: Sampling, at span: Span) -> Diagnostic {
    .unavailableHere(
      StepName.batch.rawValue,
      "with `keep` a batch has \(sampling.batch) samples and the last of an epoch \(sampling.count % sampling.batch): "
        + "write the number that is meant", at: span)
  }
}
