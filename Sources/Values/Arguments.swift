package import Diagnostics
import Messages
package import Syntax

/// An argument as written, before it meets a parameter.
package struct GivenArgument {
  package var name: Name?
  package var expression: ExpressionID
  package var span: Span

  package init(name: Name? = nil, expression: ExpressionID, span: Span) {
    self.name = name
    self.expression = expression
    self.span = span
  }
}

/// Arguments of a built-in function in the order of its parameters.
package struct BoundArguments {
  package let callee: String
  package let span: Span
  package var values: [Value?]
  package var spans: [Span]
  /// Set when the first argument was a generator with a condition: 1 where the member counts.
  package var mask: Value?
  /// The trailing block, not yet evaluated.
  package var block: (body: ExpressionID, scope: Scope)?
  /// `axis = …` of a function that takes any number of values.
  package var axis = 0

  /// The value of a parameter that has been given.
  package func given(_ index: Int) -> Value? { index < values.count ? values[index] : nil }

  /// The value of a required parameter; binding has made sure that it is there.
  package subscript(index: Int) -> Value { given(index) ?? .unknown(.any) }

  package func place(_ index: Int) -> Span { index < spans.count ? spans[index] : span }

  package init(
    callee: String, span: Span, values: [Value?], spans: [Span], mask: Value? = nil,
    block: (body: ExpressionID, scope: Scope)? = nil, axis: Int = 0
  ) {
    self.callee = callee
    self.span = span
    self.values = values
    self.spans = spans
    self.mask = mask
    self.block = block
    self.axis = axis
  }
}

/// Matching of given arguments to parameter names.
package struct ArgumentMatcher {
  package let callee: String
  package let parameters: [String]
  package let positionalMax: Int
  package let span: Span

  /// For each parameter the argument that it gets, if any.
  ///
  /// - Throws: unknown, repeated and surplus arguments, with the accepted names.
  package func match(_ arguments: [GivenArgument]) throws(Diagnostic) -> [GivenArgument?] {
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

  package init(callee: String, parameters: [String], positionalMax: Int, span: Span) {
    self.callee = callee
    self.parameters = parameters
    self.positionalMax = positionalMax
    self.span = span
  }
}

/// Where an operation and its operands stand, for messages that point at both.
package struct OperandPlaces {
  package var whole: Span
  package var left: Span
  package var right: Span

  package init(whole: Span, left: Span, right: Span) {
    self.whole = whole
    self.left = left
    self.right = right
  }
}
