package import Experiments

/// What is known of a run besides its numbers, so that a record is enough to show it.
package struct MemberFacts: Sendable, Codable {
  package var name: String
  package var seed: Int
  package var header: [String]
  package var stepsPerEpoch: Int?
  package var timeStep: Double?
  /// Names of series that are conditions, sorted.
  package var truths: [String]
  package var tensors: [RecordedTensor]

  package init(
    name: String, seed: Int, header: [String], stepsPerEpoch: Int?, timeStep: Double?, forms: RecordedForms
  ) {
    (self.name, self.seed, self.header) = (name, seed, header)
    (self.stepsPerEpoch, self.timeStep) = (stepsPerEpoch, timeStep)
    (truths, tensors) = (forms.truths.sorted(), forms.tensors)
  }

  /// What its series are.
  package var forms: RecordedForms {
    var forms = RecordedForms()
    (forms.truths, forms.tensors) = (Set(truths), tensors)
    return forms
  }
}
