/// What layers above keep with a value of this one, which knows nothing of them: at most one thing of each type.
///
/// A layer declares what it keeps as a computed property: `extension RunValue { var live: LiveRun? { … } }`.
package struct Annex {
  private var things: [ObjectIdentifier: Any] = [:]

  /// Nothing yet.
  package init() {}

  /// The thing of this type; nil where there is none.
  package subscript<Thing>(_ type: Thing.Type) -> Thing? {
    get { things[ObjectIdentifier(type)] as? Thing }
    set { things[ObjectIdentifier(type)] = newValue }
  }
}
