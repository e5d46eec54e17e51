import Diagnostics

extension Claim {
  /// The verdict with its evidence as a JSON object on one line, without a newline behind it.
  ///
  /// Keys: `claim`, `verdict`, `effect`, `test`, `interval` with `low` and `high` (null for exact comparisons), `risk`
  /// (null for exact comparisons), `remarks`. A number that is not finite is null.
  package var json: String {
    let interval = judgement.interval.map { "{\"low\":\(Self.number($0.low)),\"high\":\(Self.number($0.high))}" }
    let members = [
      ("claim", Renderer.quoted(title)), ("verdict", Renderer.quoted(verdict.rawValue)),
      ("effect", Renderer.quoted(judgement.effect)), ("test", Renderer.quoted(judgement.test)),
      ("interval", interval ?? "null"), ("risk", judgement.risk.map(Self.number) ?? "null"),
      ("remarks", "[" + judgement.remarks.map { Renderer.quoted($0) }.joined(separator: ",") + "]"),
    ]
    return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
  }

  /// The shortest decimal digits that give the number again.
  private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
}
