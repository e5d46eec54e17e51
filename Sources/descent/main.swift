import CReadline
import Glibc

StandardStreams.openMissing()
Signals.install()
let arguments = (0..<descent_argument_count()).compactMap { descent_argument($0).map { String(cString: $0) } }
let status = LargeStack.run { CommandLineProgram.run(arguments) }
// A call of LAPACK that was abandoned may be under way: what it uses must not be taken down around it.
descent_terminal_give_back()
fflush(nil)
_exit(status)
