// A model that answers from a list: no key, no network, the same answers every time.
const ANSWERS = {
  'How long can I return a bicycle?': 'You have 14 days.',
  'On which day are you closed?': 'On Sunday.',
  'Which tyres do you have?': 'We have tyres of 25 mm.',
  'Give me order 1042 as JSON.': '{"order": 1042, "status": "shipped"}',
  'What is the name of the shop?': 'Velo, a shop and not a garage.',
  'Tell me a joke.': 'A bicycle cannot stand alone: it is two tired.',
  'Do you sell helmets?': 'Yes, we sell helmets.',
  'Do you sell bells?': 'We do not.',
  'What is 6 times 7?': '42',
  'Which colours are there?': 'There is red and blue.',
  'Say something kind.': 'Be kind.',
};

module.exports = class Shop {
  id() {
    return 'shop';
  }

  async callApi(prompt) {
    const question = prompt.split('Question: ')[1];
    return { output: ANSWERS[question], tokenUsage: { prompt: 20, completion: 5, total: 25 }, cost: 0.0001 };
  }
};
