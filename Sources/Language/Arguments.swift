import Diagnostics
import Syntax

/// An argument as written, before it meets a parameter.
package struct GivenArgument {
  var name: Name?
  var expression: ExpressionID
  var span: Span
}

/// Arguments of a built-in function in the order of its parameters.
package struct BoundArguments {
  let callee: String
  let span: Span
  var values: [Value?]
  var spans: [Span]
  /// Set when the first argument was a generator with a condition: 1 where the member counts.
  var mask: Value?
  /// The trailing block, not yet evaluated.
  var block: (body: ExpressionID, scope: Scope)?
  /// `axis = …` of a function that takes any number of values.
  var axis = 0

  /// The value of a parameter that has been given.
  func given(_ index: Int) -> Value? { index < values.count ? values[index] : nil }

  /// The value of a required parameter; binding has made sure that it is there.
  subscript(index: Int) -> Value { given(index) ?? .unknown(.any) }

  func place(_ index: Int) -> Span { index < spans.count ? spans[index] : span }
}

/// Matching of given arguments to parameter names.
struct ArgumentMatcher {
  let callee: String
  let parameters: [String]
  let positionalMax: Int
  let span: Span

  /// For each parameter the argument that it gets, if any.
  ///
  /// - Throws: unknown, repeated and surplus arguments, with the accepted names.
  func match(_ arguments: [GivenArgument]) throws(Diagnostic) -> [GivenArgument?] {
    var slots = [GivenArgument?](repeating: nil, count: parameters.count)
    for (position, argument) in arguments.enumerated() {
      let index = try slot(of: argument, position: position, given: arguments.count)
      guard slots[index] == nil else { throw .repeatedArgument(parameters[index], of: callee, at: argument.span) }
      slots[index] = argument
    }
    return slots
  }

  private func slot(of argument: GivenArgument, position: Int, given: Int) throws(Diagnostic) -> Int {
    if let name = argument.name {
      let wanted = Spelling.canonical(name.text)
      if let index = parameters.firstIndex(where: { $0 == name.text }) { return index }
      if let index = parameters.firstIndex(where: { Spelling.canonical($0) == wanted }) { return index }
      throw .unknownArgument(
        name.text, of: callee, accepted: parameters, near: Suggestion.nearest(to: name.text, in: parameters),
        at: name.span)
    }
    guard position < parameters.count else {
      throw .tooManyArguments(of: callee, given: given, accepted: parameters, at: argument.span)
    }
    guard position < positionalMax else {
      throw .tooManyPositional(of: callee, name: parameters[position], at: argument.span)
    }
    return position
  }
}

/// Where an operation and its operands stand, for messages that point at both.
package struct OperandPlaces {
  var whole: Span
  var left: Span
  var right: Span
}
