"""What people who extend Vitrine test with: the promises of an adapter as a suite. Nothing else of ours imports it."""
