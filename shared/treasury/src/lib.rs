//! treasury
