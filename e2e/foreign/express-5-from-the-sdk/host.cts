// A host in CommonJS.
import gatehouse = require('gatehouse');

console.log(Object.keys(gatehouse).sort().join(' '));
