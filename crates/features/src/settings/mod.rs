//! Settings: what admins decide for the whole installation. Owns `setting`.
