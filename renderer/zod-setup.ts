import * as z from 'zod';

// Zod would compile its schemas with `new Function`, which the page's policy forbids. Imported before the contract.
z.config({ jitless: true });
