import CKernels

/// Threads that share numbered blocks of work.
///
/// Which thread runs which block is not determined: blocks write to places of their own, and what is summed is
/// summed afterwards in order, so that results do not depend on the number of threads.
package enum Workers {
  /// Processors that this process may use.
  package static var processorCount: Int { Int(ck_processors()) }

  /// Threads that large products use; 1 until set.
  package static var productThreads: Int {
    get { Int(ck_threads()) }
    set { ck_set_threads(Int32(clamping: newValue)) }
  }

  /// Runs `body` once for each block 0 ..< blockCount on up to `threads` threads and returns when all are done.
  ///
  /// A call from within a block runs on its own thread alone.
  package static func run(_ blockCount: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var work = Work(body: body)
      withUnsafeMutablePointer(to: &work) { work in
        ck_parallel(
          blockCount, Int32(clamping: threads),
          { context, block in context?.assumingMemoryBound(to: Work.self).pointee.body(block) }, work)
      }
    }
  }

  private struct Work {
    var body: @Sendable (Int) -> Void
  }
}
