# TS 23.222 clause 8.31, TS 33.122 C.1 and C.2.2: the core function grants with the authorization of the owner.
@sut:ccf @cap:ccf.apis.security @cap:ccf.methods.OAUTH @cap:ccf.grants.client_credentials
Feature: The core function involves the owner of the resources

  Background:
    Given a provider with an exposing function
    And the exposing function offers "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function
    And the resource owner function is there
    And the owner "alice" grants what is asked

  @req:23222-8.31.3-04
  Scenario: The owner grants and the token is issued
    Given the second invoker is onboarded for "location"
    When the invoker requests a token for "location" authorized by the owner "alice"
    Then the token is issued after the owner granted it through the resource owner function

  @req:23222-8.31.3-04
  Scenario: The owner grants less than is asked
    Given the owner "bob" grants the invoker "location"
    And the owner "bob" refuses the invoker "quality"
    When the invoker requests a token for "location" and "quality" authorized by the owner "bob"
    Then the token is issued after the owner granted it through the resource owner function

  @req:23222-8.31.3-04
  Scenario: What the owner granted for one service API is not for another one
    Given the owner "bob" grants the invoker "location"
    And the owner "bob" refuses the invoker "quality"
    When the invoker requests a token for "location" authorized by the owner "bob"
    And the invoker requests a token for "location" and "quality" authorized by the owner "bob"
    Then the token is issued after the owner granted it through the resource owner function

  @req:23222-8.31.3-04 @negative
  Scenario: The owner refuses and no token is issued
    Given the owner "bob" refuses what is asked
    When the invoker requests a token for "location" authorized by "bob", who refuses, and not by "alice"
    Then no token is issued, because the owner refuses

  @req:23222-8.31.3-04 @negative
  Scenario: What the owner granted one invoker is not for another one
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    And the owner "alice" refuses the second invoker "location"
    When the second invoker, and not the invoker, requests a token for "location" authorized by the owner "alice", who refuses
    Then no token is issued, because the owner refuses

  @req:23222-8.31.3-04 @negative
  Scenario: The owner does not react and no token is issued
    Given the owner "bob" does not react
    When the invoker requests a token for "location" authorized by "bob", who does not react, and not by "alice"
    Then no token is issued, because the owner has not agreed

  @req:23222-8.31.3-04 @negative
  Scenario: The resource owner function knows no such owner and no token is issued
    Given the owner "bob" is unknown to the resource owner function
    When the invoker requests a token for "location" authorized by "bob", who does not react, and not by "alice"
    Then no token is issued, because the owner has not agreed

  @req:23222-8.31.3-04 @negative
  Scenario: The owner cannot be asked and no token is issued
    Given the owner "bob" grants what is asked
    When the invoker requests a token for "location" authorized by "bob", out of reach, and not by "alice"
    Then no token is issued, because the owner has not agreed

  @req:33122-C.2.2-05 @req:29222-8.5.4.2.8-03
  Scenario: One claim more
    When the invoker requests a token for "location"
    And the invoker requests a token for "location" authorized by the owner "alice"
    Then the token that the owner authorized claims the owner and the plain token claims none

  @req:33122-C.1-06
  Scenario: A token that an owner authorized has the same characteristics
    When the invoker requests a token for "location" authorized by the owner "alice"
    Then the token that the owner authorized is a signed JSON Web Token and a bearer token

  @req:23222-8.31.1-01
  Scenario: What the owner granted is the basis of a later invocation
    Given another provider with the second exposing function
    And the second exposing function serves
    And the second exposing function offers "presence", for which the owner has to agree, with OAUTH
    And the second invoker is onboarded for "presence"
    And the second invoker has negotiated OAUTH with the second exposing function
    When the second invoker requests a token for "presence" authorized by the owner "alice"
    And the second invoker requests a token for "presence" authorized by the owner "alice"
    And the second invoker invokes "presence" of the owner "alice"
    Then the invoker may be authorized by what the owner granted before
