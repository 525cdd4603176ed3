//! The test kit of netsim.
