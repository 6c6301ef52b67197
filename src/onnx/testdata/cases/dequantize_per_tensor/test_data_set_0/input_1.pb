
Jf*