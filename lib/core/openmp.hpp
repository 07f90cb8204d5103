// How LibTorch's threads wait for each other.
#pragma once

namespace unetflow {

/// Starts this program anew, in place, with OMP_WAIT_POLICY=passive, unless the user has set that
/// variable: OpenMP reads it before main() begins. By default its threads spin while they wait, and
/// where others need the processors too (a data thread, a neighbour on a shared machine) each of
/// the thousand waits of a training step may then last a slice of the scheduler's: steps took 15
/// times as long beside two compilers. Call it first in main(), with its argv; does nothing where
/// /proc is missing.
void use_passive_openmp_wait(char** argv);

}  // namespace unetflow
