import type { Random } from '../random.js';
import { lines } from './lines.js';

const templates = lines(`
{number} please, where is it
My order is {number}.
the number is {number} and it was for {shop}
about {number}: the {part} is missing
Hello, I ordered on {day}, number {number}
{number} - can it go to {place} instead?
can you check {number} for me
I'd like to return {number}, bought on {day}
order {number}, the {product} is lovely, thank you
Ref {number}. I paid {amount} too much
It says {number} on the slip
Has {number} left yet? It has been {span}.
Cancel {number} please
{person} placed {number} and can't find the mail
invoice for {number} please, {shop} needs it
Regarding {number}, I would like to add a {product}
{number}??
you asked for it: {number}
`);

export function orderMessage(random: Random, number: string): string {
  return random.pick(templates).replace('{number}', number);
}
