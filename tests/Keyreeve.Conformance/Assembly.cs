using Xunit;

// Clocks of tests' own, far from each other, would take turns in the order of identifiers that cases depend on.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
